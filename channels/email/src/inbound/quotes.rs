//! The writer's own words, without the letter he answers and without his signature. Text only; see `html::quote` for HTML.

use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;

/// Longest text that is searched for quotations; longer ones are shown whole.
const MAX_TRIMMED_BYTES: usize = 512 * 1024;
/// "On … wrote:" may be folded over this many lines.
const MAX_WROTE_LINES: usize = 3;
/// A line longer than this introduces no quotation.
const MAX_WROTE_CHARS: usize = 400;
/// A lone dash starts a signature only when so few lines follow.
const MAX_SIGNATURE_LINES: usize = 10;
/// Lines of one text that are asked whether a signature starts there, of the writer and of programs.
const MAX_SIGNATURES: usize = 50;
/// Lines after "From:" among which the rest of a header block must stand.
const HEADER_BLOCK_LINES: usize = 8;

#[derive(Deserialize)]
struct Data {
    wrote_lines: Vec<WroteLine>,
    /// A date and an address without a verb: proof only with a quotation after it.
    bare_wrote_line: String,
    separators: Vec<String>,
    forward_marks_keep: Vec<String>,
    header_block_keys: HeaderKeys,
    signature_lines: Vec<String>,
    answer_above_marks: Vec<String>,
}

#[derive(Deserialize)]
struct WroteLine {
    re: String,
}

#[derive(Deserialize)]
struct HeaderKeys {
    from: Vec<String>,
    sent: Vec<String>,
    to: Vec<String>,
    subject: Vec<String>,
}

struct Rules {
    wrote: RegexSet,
    bare_wrote: Regex,
    separators: Vec<String>,
    forward_marks: Vec<String>,
    from: Regex,
    others: [Regex; 3],
    signatures: Vec<String>,
    answer_above: Vec<String>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let data: Data =
        serde_json::from_str(include_str!("../../data/quote_headers.json")).expect("the embedded file is read by a test");
    let bare = |list: &[String]| list.iter().map(|s| words_of(s)).filter(|s| !s.is_empty()).collect::<Vec<_>>();
    let keys = |list: &[String]| {
        let any = list.iter().map(|k| regex::escape(k)).collect::<Vec<_>>().join("|");
        Regex::new(&format!(r"(?i)^[>\s]*\*?(?:{any})\s*\*?[:：]\*?\s*\S")).expect("escaped words make a valid expression")
    };
    Rules {
        wrote: RegexSetBuilder::new(data.wrote_lines.iter().map(|w| w.re.as_str()))
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .build()
            .expect("the embedded expressions are compiled by a test"),
        bare_wrote: Regex::new(&data.bare_wrote_line).expect("the embedded expression is compiled by a test"),
        separators: bare(&data.separators),
        forward_marks: bare(&data.forward_marks_keep),
        from: keys(&data.header_block_keys.from),
        others: [keys(&data.header_block_keys.sent), keys(&data.header_block_keys.to), keys(&data.header_block_keys.subject)],
        signatures: data.signature_lines.iter().map(|s| s.to_lowercase()).collect(),
        answer_above: data.answer_above_marks.iter().map(|s| s.to_lowercase()).collect(),
    }
});

/// The writer's own text; `None` when there is nothing to cut or nothing would be left.
pub(super) fn trim(text: &str) -> Option<String> {
    cut(text, false)
}

/// The same for a text whose quotations are gone already, but not what introduced them.
pub(super) fn trim_introductions(text: &str) -> Option<String> {
    cut(text, true)
}

fn cut(text: &str, quotations_gone: bool) -> Option<String> {
    if text.len() > MAX_TRIMMED_BYTES {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut own: Vec<&str> = Vec::new();
    let mut signatures = 0;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if is_forward_mark(line) {
            own.extend(rest);
            break;
        }
        if is_end_mark(line) || is_separator(rest) || is_header_block(rest) {
            break;
        }
        if let Some(length) = wrote_length(rest) {
            let after = rest.get(length..).unwrap_or_default();
            if !quotations_gone && !after.iter().find(|l| !l.trim().is_empty()).is_some_and(|l| is_quoted(l)) {
                break;
            }
            at += length;
            continue;
        }
        if is_quoted(line) {
            at += 1;
            continue;
        }
        let may_be_signature = signatures < MAX_SIGNATURES && is_signature_mark(line);
        signatures += usize::from(may_be_signature);
        if may_be_signature && is_signature_start(rest) {
            at += signature_length(rest);
            continue;
        }
        own.push(line);
        at += 1;
    }
    let own = joined(&own);
    (!own.is_empty() && own != joined(&lines)).then_some(own)
}

/// Lines with empty ones at the ends gone and runs of empty ones made one.
fn joined(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut blank = false;
    for line in lines {
        let line = line.trim_end();
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        out.push_str(line);
    }
    out
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn is_end_mark(line: &str) -> bool {
    let line = line.to_lowercase();
    RULES.answer_above.iter().any(|mark| line.contains(mark))
}

/// The words between the dashes of a separating line.
fn words_of(line: &str) -> String {
    let inner = line.trim().trim_matches(|c: char| matches!(c, '-' | '_' | '—' | '–' | '=' | ' ' | ':' | '\u{a0}'));
    inner.to_lowercase()
}

fn has_dashes(line: &str) -> bool {
    line.trim().starts_with("--") || line.trim().starts_with("__") || line.trim().starts_with("——")
}

fn is_forward_mark(line: &str) -> bool {
    let words = words_of(line);
    RULES.forward_marks.contains(&words) && (has_dashes(line) || words.starts_with("begin"))
}

/// "-----Original Message-----"; a mere rule separates only when a header block follows it.
fn is_separator(rest: &[&str]) -> bool {
    let Some(line) = rest.first().filter(|l| has_dashes(l)) else { return false };
    let words = words_of(line);
    if words.is_empty() {
        let next = rest.iter().skip(1).position(|l| !l.trim().is_empty());
        return line.trim().chars().count() >= 20 && next.is_some_and(|n| is_header_block(rest.get(n + 1..).unwrap_or_default()));
    }
    RULES.separators.contains(&words)
}

/// From:, and two of Sent:, To:, Subject: soon after it.
fn is_header_block(rest: &[&str]) -> bool {
    let Some(first) = rest.first() else { return false };
    if is_quoted(first) || !RULES.from.is_match(first) {
        return false;
    }
    let near = rest.get(1..rest.len().min(HEADER_BLOCK_LINES)).unwrap_or_default();
    RULES.others.iter().filter(|key| near.iter().any(|line| key.is_match(line))).count() >= 2
}

/// How many lines an introduction ("On … wrote:") takes at the start; it must look like one: with a date or an
/// address in it, or with a quotation right after it.
fn wrote_length(rest: &[&str]) -> Option<usize> {
    let first = rest.first().filter(|l| !l.trim().is_empty() && l.chars().count() <= MAX_WROTE_CHARS)?;
    let mut joined = String::from(first.trim_end());
    for length in 1..=MAX_WROTE_LINES {
        if joined.ends_with([':', '：']) {
            let next = rest.iter().skip(length).find(|l| !l.trim().is_empty());
            let before_quotation = next.is_none_or(|l| is_quoted(l));
            let looks_real = before_quotation || joined.contains('@') || joined.chars().any(|c| c.is_ascii_digit());
            let is_one = RULES.wrote.is_match(&joined) || (before_quotation && RULES.bare_wrote.is_match(&joined));
            return (looks_real && is_one).then_some(length);
        }
        let next = rest.get(length).filter(|l| !l.trim().is_empty())?;
        joined.push(' ');
        joined.push_str(next.trim().trim_start_matches(['>', ' ']));
        if joined.chars().count() > MAX_WROTE_CHARS {
            return None;
        }
    }
    None
}

fn is_signature_mark(line: &str) -> bool {
    matches!(line, "-- " | "--" | "—") || RULES.signatures.contains(&line.trim().trim_end_matches('.').to_lowercase())
}

/// A dash without its space may be anything, so then little may follow.
fn is_signature_start(rest: &[&str]) -> bool {
    match rest.first() {
        Some(&("--" | "—")) => signature_length(rest.get(..=MAX_SIGNATURE_LINES).unwrap_or(rest)) <= MAX_SIGNATURE_LINES,
        _ => true,
    }
}

/// A signature ends where a quotation begins; a line like "Sent from my iPhone" is one line.
fn signature_length(rest: &[&str]) -> usize {
    if !rest.first().is_some_and(|line| matches!(line.trim_end(), "--" | "—")) {
        return 1;
    }
    let ends = |at: usize| {
        let here = rest.get(at..).unwrap_or_default();
        here.first().is_some_and(|l| is_quoted(l) || is_forward_mark(l))
            || is_separator(here)
            || is_header_block(here)
            || wrote_length(here).is_some()
    };
    (1..rest.len()).find(|at| ends(*at)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::{trim, trim_introductions};

    #[test]
    fn introductions_of_many_languages_are_cut() {
        for wrote in [
            "On Mon, 2 Nov 2026 at 10:00, Bob <bob@example.com> wrote:",
            "On Mon, 2 Nov 2026 at 10:00, Bob\n<bob@example.com> wrote:",
            "Am 02.11.2026 um 10:00 schrieb Bob <bob@example.com>:",
            "Le lun. 2 nov. 2026 à 10:00, Bob <bob@example.com> a écrit :",
            "El lun, 2 nov 2026 a las 10:00, Bob (<bob@example.com>) escribió:",
            "Il giorno lun 2 nov 2026 alle ore 10:00 Bob <bob@example.com> ha scritto:",
            "Em seg., 2 de nov. de 2026 às 10:00, Bob <bob@example.com> escreveu:",
            "Op ma 2 nov. 2026 om 10:00 schreef Bob <bob@example.com>:",
            "pon., 2 lis 2026 o 10:00 Bob <bob@example.com> napisał(a):",
            "пн, 2 нояб. 2026 г. в 10:00, Боб <bob@example.com> пишет:",
            "2 ноября 2026, 10:00 от Боб <bob@example.com> написал:",
            "пн, 2 лист. 2026 р. о 10:00 Боб <bob@example.com> пише:",
            "Den mån 2 nov. 2026 kl 10:00 skrev Bob <bob@example.com>:",
            "ma 2. marrask. 2026 klo 10.00 Bob (bob@example.com) kirjoitti:",
            "po 2. 11. 2026 v 10:00 odesílatel Bob <bob@example.com> napsal:",
            "2 Kas 2026 Pzt, 10:00 tarihinde Bob <bob@example.com> şunu yazdı:",
            "2026年11月2日(月) 10:00 Bob <bob@example.com>のメール:",
            "Bob <bob@example.com> 于2026年11月2日周一 10:00写道：",
            "2026년 11월 2일 (월) 오전 10:00, Bob <bob@example.com>님이 작성:",
        ] {
            assert_eq!(trim(&format!("Yes.\n\n{wrote}\n> Question?\n>> older\n")).as_deref(), Some("Yes."), "{wrote}");
            assert_eq!(trim(&format!("Yes.\n\n{wrote}\nQuestion?\n")).as_deref(), Some("Yes."), "{wrote}");
            assert_eq!(trim_introductions(&format!("Yes.\n\n{wrote}\n\nNo.")).as_deref(), Some("Yes.\n\nNo."), "{wrote}");
        }
    }

    #[test]
    fn a_date_and_an_address_introduce_a_quotation_only_before_one() {
        let wrote = "пн, 2 нояб. 2026 г. в 10:00, Боб <bob@example.com>:";
        assert_eq!(trim(&format!("Да.\n\n{wrote}\n\n> Вопрос?")).as_deref(), Some("Да."));
        assert_eq!(trim(&format!("Да.\n\n{wrote}\nмои заметки")), None);
    }

    #[test]
    fn separators_and_header_blocks_end_the_answer() {
        for tail in [
            "-----Original Message-----\nanything",
            "-------- Исходное сообщение --------\nчто-то",
            "________________________________\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: x\n\nQ",
            "From: Bob <bob@example.com>\nSent: Monday\nTo: Ann\nSubject: x\n\nQ",
            "От: Боб\nОтправлено: понедельник\nКому: Анна\nТема: x\n\nQ",
            "*Von:* Bob\n*Gesendet:* Montag\n*An:* Ann\n*Betreff:* x",
            "发件人: Bob\n发送时间: 2026\n收件人: Ann\n主题: x",
            "– write your answer above this line –\nQ",
            "-- \nAnn Example\n+1 555 0100",
            "--\nAnn",
            "Sent from my iPhone",
            "Отправлено с iPhone",
        ] {
            assert_eq!(trim(&format!("Yes.\n\n{tail}")).as_deref(), Some("Yes."), "{tail}");
        }
    }

    #[test]
    fn what_is_no_quotation_stays() {
        for text in [
            "My colleague wrote:\nplease send it again",
            "Мой коллега пишет:\nпришлите ещё раз",
            "From: the shop\nI need help",
            "________________________________\nI underline things",
            "price - 5\n-- two dashes in a text --",
            "> only a quotation",
            "---------- Forwarded message ---------\nFrom: Bob\nDate: Mon\nSubject: x\nTo: Ann\n\n> deep\ntext",
        ] {
            assert_eq!(trim(text), None, "{text}");
        }
        let forwarded = "See below\n\nBegin forwarded message:\n\nFrom: Bob\nSubject: x\nTo: Ann\n";
        assert_eq!(trim(forwarded), None);
    }

    #[test]
    fn answers_between_and_below_stay_in_order() {
        let text = "Hello\n\nOn 2 Nov 2026, Bob wrote:\n> first?\n\nYes.\n\n> second?\nNo.\n-- \nAnn\n";
        assert_eq!(trim(text).as_deref(), Some("Hello\n\nYes.\n\nNo."));
        assert_eq!(trim("> question\n\nanswer below").as_deref(), Some("answer below"));
        assert_eq!(
            trim("Answer\n-- \nAnn\n\nOn 2 Nov 2026, Bob wrote:\n> q\n\nP.S. more").as_deref(),
            Some("Answer\n\nP.S. more")
        );
    }
}
