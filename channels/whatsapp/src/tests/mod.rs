mod payloads;
mod rig;
