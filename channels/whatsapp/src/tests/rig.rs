pub const NUMBER: &str = "100200300400500";
pub const BUSINESS: &str = "900800700600500";
