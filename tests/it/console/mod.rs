//! What the operators' console asks of the daemon.

mod counts;
