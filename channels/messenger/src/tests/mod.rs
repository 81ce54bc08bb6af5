mod payloads;
