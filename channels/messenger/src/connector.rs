pub const TEXT: trunkline_channel::TextLimit =
    trunkline_channel::TextLimit { max: 1_999, count_by: trunkline_channel::CountBy::Characters };
