//! What a mail shows: text, HTML and files, chosen out of its parts.

use std::collections::{BTreeSet, HashMap};

use trunkline_channel::text::clean_file_name;

use super::calendar::{self, Invitation};
use super::mime::{Part, Tree};
use super::{flowed, html, quotes, transfer};

/// Longest text stored, in characters; the raw mail has the rest.
const MAX_TEXT_CHARS: usize = 500_000;
/// A plain part so short beside an HTML part may only say that there is HTML.
const MAX_STUB_CHARS: usize = 200;

/// Everything readable, before files are given names and limits.
#[derive(Debug, Default)]
pub(super) struct Content<'t> {
    /// The writer's own words.
    pub text: String,
    /// Everything, where `text` was trimmed.
    pub full_text: Option<String>,
    pub html: Option<String>,
    pub blocked_images: usize,
    /// Content ids that the HTML shows, in lower case.
    pub shown_ids: Vec<String>,
    pub files: Vec<File<'t>>,
    pub invitation: Option<Invitation>,
    /// What the console may say beside the message (`encrypted`, `winmail`, …).
    pub notes: BTreeSet<&'static str>,
    /// What was wrong with declared charsets.
    pub charset_trouble: Option<String>,
}

#[derive(Debug)]
pub(super) enum File<'t> {
    Part {
        part: &'t Part<'t>,
        content_id: Option<String>,
    },
    /// A file that stood uuencoded inside a text.
    Embedded {
        name: String,
        bytes: Vec<u8>,
    },
}

/// One piece of the body, in order of the mail.
#[derive(Debug, Default)]
struct Block {
    plain: Option<String>,
    html: Option<String>,
}

/// Reads a mail. The quotations of a forwarded mail are its content and stay.
pub(super) fn read<'t>(tree: &'t Tree<'t>, is_forward: bool) -> Content<'t> {
    let mut reader = Reader { tree, content: Content::default(), locations: HashMap::new() };
    if tree.cut {
        reader.content.notes.insert("too_many_parts");
    }
    reader.find_locations();
    let blocks = reader.show(0);
    let Reader { mut content, locations, .. } = reader;
    let (mut own, mut full, mut rich) = (Vec::new(), Vec::new(), Vec::new());
    let has_html = blocks.iter().any(|b| b.html.is_some());
    for block in &blocks {
        let view = block.html.as_deref().map(|h| html::view(h, &locations, is_forward));
        let plain = block.plain.as_deref().filter(|p| !is_stub(p, view.as_ref()));
        let (block_own, block_full) = match (plain, &view) {
            (Some(plain), _) => (if is_forward { None } else { quotes::trim(plain) }, plain.to_owned()),
            (None, Some(view)) => (own_of(view, is_forward), view.full_text.clone()),
            (None, None) => continue,
        };
        match view {
            Some(view) => {
                content.notes.extend(view.refused);
                if let Some(safe) = view.safe {
                    content.blocked_images += safe.blocked_images;
                    content.shown_ids.extend(safe.shown_ids);
                    rich.push(safe.html);
                } else {
                    rich.push(html::from_text(&block_full));
                }
            }
            None if has_html => rich.push(html::from_text(&block_full)),
            None => {}
        }
        own.push(block_own.unwrap_or_else(|| block_full.clone()));
        full.push(block_full);
    }
    let (own, full) = (tidy(&own.join("\n\n")), tidy(&full.join("\n\n")));
    content.full_text = (own != full).then_some(full);
    content.text = own;
    content.html = Some(rich.join("\n").trim().to_owned()).filter(|h| has_html && !h.is_empty());
    content
}

fn own_of(view: &html::View, is_forward: bool) -> Option<String> {
    match &view.own_text {
        _ if is_forward => None,
        Some(own) => quotes::trim_introductions(own).or_else(|| Some(own.clone())),
        None => quotes::trim(&view.full_text),
    }
}

/// A plain text that is empty or only tells that the mail is HTML.
fn is_stub(plain: &str, html: Option<&html::View>) -> bool {
    let Some(html) = html else { return false };
    let plain = plain.trim();
    plain.is_empty()
        || (plain.chars().count() < MAX_STUB_CHARS && plain.to_lowercase().contains("html") && !html.full_text.is_empty())
}

/// One form of line break, no trailing blanks, no empty lines around, not too long.
fn tidy(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unix.lines().map(str::trim_end).collect();
    let cut: String = lines.join("\n").chars().take(MAX_TEXT_CHARS).collect();
    cut.trim_matches('\n').trim_end().to_owned()
}

struct Reader<'t> {
    tree: &'t Tree<'t>,
    content: Content<'t>,
    /// Content-Location to content id.
    locations: HashMap<String, String>,
}

impl<'t> Reader<'t> {
    fn find_locations(&mut self) {
        for (index, part) in self.tree.parts.iter().enumerate() {
            if let Some(location) = part.headers.text("content-location") {
                let id = content_id(part).unwrap_or_else(|| format!("part{index}"));
                self.locations.insert(location, id);
            }
        }
    }

    /// The blocks of a part. Recursion is bounded by the depth of the tree.
    fn show(&mut self, index: usize) -> Vec<Block> {
        let tree = self.tree;
        let Some(part) = tree.parts.get(index) else { return Vec::new() };
        if part.children.is_empty() {
            return self.show_leaf(index, part).into_iter().collect();
        }
        match part.media.value.as_str() {
            "multipart/alternative" => self.show_alternative(part),
            "multipart/related" => self.show_related(part),
            "multipart/encrypted" => {
                self.content.notes.insert("encrypted");
                part.children.iter().for_each(|child| self.keep(*child));
                Vec::new()
            }
            "multipart/signed" => {
                self.content.notes.insert("signed");
                let signature = |c: &&usize| tree.parts.get(**c).is_some_and(|p| p.media.value.ends_with("signature"));
                part.children.iter().filter(|c| !signature(c)).flat_map(|child| self.show(*child)).collect()
            }
            _ => part.children.iter().flat_map(|child| self.show(*child)).collect(),
        }
    }

    /// The richest view is the last one that can be shown; plain text comes from wherever it stands.
    fn show_alternative(&mut self, part: &'t Part<'t>) -> Vec<Block> {
        let shown: Vec<Vec<Block>> = part.children.iter().map(|child| self.show(*child)).collect();
        let join = |blocks: &[Block], of: fn(&Block) -> Option<&String>| {
            let found: Vec<&str> = blocks.iter().filter_map(of).map(String::as_str).collect();
            (!found.is_empty()).then(|| found.join("\n"))
        };
        let html = shown.iter().rev().find_map(|blocks| join(blocks, |b| b.html.as_ref()));
        let plain = shown.iter().rev().find_map(|blocks| join(blocks, |b| b.plain.as_ref()).filter(|p| !p.trim().is_empty()));
        vec![Block { plain, html }]
    }

    fn show_related(&mut self, part: &'t Part<'t>) -> Vec<Block> {
        let start = part.media.get("start").map(|s| s.trim_matches(['<', '>', ' ']).to_lowercase());
        let is_root = |c: &&usize| {
            let id = self.tree.parts.get(**c).and_then(content_id).map(|id| id.to_lowercase());
            start.is_some() && id == start
        };
        let root = part.children.iter().find(is_root).or_else(|| part.children.first()).copied();
        let mut blocks = Vec::new();
        for child in &part.children {
            if Some(*child) == root {
                blocks = self.show(*child);
            } else {
                self.keep(*child);
            }
        }
        blocks
    }

    fn show_leaf(&mut self, index: usize, part: &'t Part<'t>) -> Option<Block> {
        let disposition = part.headers.parameters("content-disposition");
        let is_file = disposition.as_ref().is_some_and(|d| d.value == "attachment" || d.get("filename").is_some())
            || part.media.get("name").is_some();
        let is_text =
            matches!(part.media.value.as_str(), "text/plain" | "text/html" | "text/enriched" | "text" | "text/x-amp-html");
        // A mail that is nothing but a text is a text, whatever name it has.
        let alone = index == 0 && disposition.as_ref().is_none_or(|d| d.value != "attachment");
        if !is_text || part.is("text/x-amp-html") || (is_file && !alone) {
            self.keep(index);
            return None;
        }
        let decoded = part.text();
        if let Some(trouble) = decoded.trouble {
            self.content.charset_trouble.get_or_insert(trouble);
        }
        if part.is("text/html") {
            return Some(Block { plain: None, html: Some(decoded.text) });
        }
        let mut text = self.without_uu_blocks(decoded.text);
        if part.media.get("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
            text = flowed::unflow(&text, part.media.get("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes")));
        }
        Some(Block { plain: Some(text), html: None })
    }

    /// Files inside the text become files; a line says where each stood.
    fn without_uu_blocks(&mut self, text: String) -> String {
        let blocks = transfer::uu_blocks(text.as_bytes());
        if blocks.is_empty() {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for block in blocks {
            let name = clean_file_name(&block.name);
            out.push_str(text.get(at..block.range.start).unwrap_or_default());
            out.push_str(&format!("[{name}]\n"));
            at = block.range.end;
            self.content.files.push(File::Embedded { name, bytes: block.bytes });
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// Keeps a part, or all leaves of a multipart, as files.
    fn keep(&mut self, index: usize) {
        let Some(part) = self.tree.parts.get(index) else { return };
        if !part.children.is_empty() {
            part.children.iter().for_each(|child| self.keep(*child));
            return;
        }
        match part.media.value.as_str() {
            "application/ms-tnef" | "application/vnd.ms-tnef" => _ = self.content.notes.insert("winmail"),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" if part.media.get("smime-type") == Some("signed-data") => {
                self.content.notes.insert("signed");
            }
            "application/pkcs7-mime" | "application/x-pkcs7-mime" | "application/pgp-encrypted" => {
                self.content.notes.insert("encrypted");
            }
            "application/pgp-signature" | "application/pkcs7-signature" | "application/x-pkcs7-signature" => {
                self.content.notes.insert("signed");
            }
            "text/calendar" | "application/ics" => {
                self.content.notes.insert("calendar");
                self.content.invitation.get_or_insert_with(|| calendar::read(&part.text().text));
            }
            _ => {}
        }
        let located = part.headers.text("content-location").and_then(|l| self.locations.get(&l).cloned());
        self.content.files.push(File::Part { part, content_id: content_id(part).or(located) });
    }
}

fn content_id(part: &Part<'_>) -> Option<String> {
    let id = part.headers.text("content-id")?;
    Some(id.trim_matches(['<', '>', ' ']).to_owned()).filter(|id| !id.is_empty())
}
