//! HTML to the text a reader would see, in one pass.
//!
//! Quoted blocks get `> ` before their lines, so that what a person wrote can be told from
//! what they quote in HTML as in plain text. Layout is not kept: a mail's tables are layout.

use encoding_rs::WINDOWS_1252;
use mail_parser::decoders::html::add_html_token;

/// Deeper quotes are not marked any deeper.
const QUOTE_DEPTH_MAX: usize = 20;

/// So many tags may have a quote that is never closed; then quotes no longer count. Each of
/// them costs a look at all that follows.
const BROKEN_TAGS_MAX: usize = 16;

/// Links longer than this lose their query: they track, they do not tell.
const LINK_BYTES_MAX: usize = 200;

/// Ids and classes of elements whose content is quoted: Thunderbird's line above a quote, Yahoo,
/// NetEase, Zoho, Proton.
const QUOTES: [&str; 6] = [
    "moz-cite-prefix",
    "yahoo_quoted",
    "isReplyContent",
    "zmail_extra",
    "tutanota_quote",
    "OLK_SRC_BODY_SECTION",
];

/// Ids and classes with which the mail below begins: Outlook on the web and on phones, Hotmail,
/// QQ. Whatever follows is quoted.
const QUOTES_BELOW: [&str; 5] = [
    "divRplyFwdMsg",
    "mail-editor-reference-message",
    "ms-outlook-mobile-reference-message",
    "stopSpelling",
    "xm_mail_oringinal",
];

/// Elements whose content is not shown.
const HIDDEN: [&str; 7] = ["script", "style", "title", "template", "svg", "math", "object"];

/// Returns the text of a page or fragment.
pub(super) fn to_text(html: &str) -> String {
    let mut page = Page {
        out: Writer::default(),
        link: None,
        unclosed: Vec::new(),
        n_broken: 0,
        n_open: 0,
        quotes: Vec::new(),
    };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        page.text(&rest[..at]);
        rest = &rest[at..];
        rest = page.markup(rest);
    }
    page.text(rest);
    page.out.text
}

struct Page<'a> {
    out: Writer,
    /// The open link: where it leads, and where its text begins. Links do not nest.
    link: Option<(&'a str, usize)>,
    /// Elements and comments whose end is not there, so that nobody looks for it again.
    unclosed: Vec<&'static str>,
    /// Tags with a quote that is never closed, so far.
    n_broken: usize,
    /// How many `div` and `span` are open.
    n_open: usize,
    /// Those of them, by their depth, that quote.
    quotes: Vec<usize>,
}

impl<'a> Page<'a> {
    /// Takes the markup at the start of `rest`; returns what follows it.
    fn markup(&mut self, rest: &'a str) -> &'a str {
        if let Some(comment) = rest.strip_prefix("<!--") {
            return self.skip_to("-->", comment).unwrap_or(comment);
        }
        let Some((tag, after)) = self.tag_at(rest) else {
            self.out.push('<');
            return &rest[1..];
        };
        let Some(hidden) =
            HIDDEN.iter().find(|h| tag.name.eq_ignore_ascii_case(h) && !tag.closes && !tag.is_empty)
        else {
            self.tag(&tag);
            return after;
        };
        match *hidden {
            "script" => self.skip_to("</script", after),
            "style" => self.skip_to("</style", after),
            "title" => self.skip_to("</title", after),
            "template" => self.skip_to("</template", after),
            "svg" => self.skip_to("</svg", after),
            "math" => self.skip_to("</math", after),
            _ => self.skip_to("</object", after),
        }
        .unwrap_or(after)
    }

    /// Reads the tag at the start of `rest`; returns it with what follows.
    fn tag_at(&mut self, rest: &'a str) -> Option<(Tag<'a>, &'a str)> {
        let inner = &rest[1..];
        let starts_tag = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?');
        if !inner.starts_with(starts_tag) || self.unclosed.contains(&">") {
            return None;
        }
        let mut quote = None;
        let mut is_end = |b: u8| {
            match (quote, b) {
                (Some(open), b) if open == b => quote = None,
                (None, b'"' | b'\'') => quote = Some(b),
                (None, b'>') => return true,
                _ => {}
            }
            false
        };
        let end = if self.n_broken < BROKEN_TAGS_MAX { inner.bytes().position(&mut is_end) } else { None };
        // A quote that is never closed: the tag ends at the first sign that could end it.
        let Some(end) = end.or_else(|| inner.find('>')) else {
            self.unclosed.push(">");
            return None;
        };
        self.n_broken += usize::from(quote.is_some());
        let (tag, after) = (&inner[..end], &inner[end + 1..]);
        let closes = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let name_end = tag.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_end);
        Some((Tag { name, attributes, closes, is_empty: attributes.ends_with('/') }, after))
    }

    /// Returns what follows `end`, and the rest of its tag.
    fn skip_to(&mut self, end: &'static str, rest: &'a str) -> Option<&'a str> {
        if self.unclosed.contains(&end) {
            return None;
        }
        let found = rest.as_bytes().windows(end.len()).position(|w| w.eq_ignore_ascii_case(end.as_bytes()));
        let Some(at) = found else {
            self.unclosed.push(end);
            return None;
        };
        let after = &rest[at + end.len()..];
        if end.ends_with('>') { Some(after) } else { Some(after.find('>').map_or("", |n| &after[n + 1..])) }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            self.out.push_str(&rest[..at]);
            rest = &rest[at..];
            let (decoded, len) = entity(rest);
            self.out.push_str(&decoded);
            rest = &rest[len..];
        }
        self.out.push_str(rest);
    }

    fn tag(&mut self, tag: &Tag<'a>) {
        self.program_quote(tag);
        match tag.name.to_ascii_lowercase().as_str() {
            "br" => self.out.line_break(),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" | "figure" => {
                self.out.lines(2);
            }
            "div" | "tr" | "dt" | "dd" | "section" | "article" | "header" | "footer" | "address"
            | "center" | "form" | "main" | "aside" | "nav" | "caption" | "option" => self.out.lines(1),
            "li" => {
                self.out.lines(1);
                if !tag.closes {
                    self.out.push_str("- ");
                }
            }
            "td" | "th" => self.out.blank(),
            "hr" => {
                self.out.lines(1);
                self.out.push_str("---");
                self.out.lines(1);
            }
            "pre" => {
                self.out.lines(1);
                self.out.verbatim = !tag.closes;
            }
            "blockquote" => {
                self.out.lines(1);
                self.deepen(!tag.closes);
            }
            "img" => {
                if let Some(alt) = tag.attribute("alt") {
                    self.text(alt);
                }
            }
            "a" if !tag.closes => {
                self.link = tag.attribute("href").map(|href| (href, self.out.text.len()));
            }
            "a" => {
                if let Some((href, from)) = self.link.take() {
                    self.link(href, from);
                }
            }
            _ => {}
        }
    }

    /// Follows the marks that mail programs set around quotes.
    fn program_quote(&mut self, tag: &Tag<'a>) {
        let is_box = ["div", "span"].iter().any(|name| tag.name.eq_ignore_ascii_case(name));
        if is_box && tag.closes {
            if self.quotes.last() == Some(&self.n_open) {
                self.quotes.pop();
                self.out.lines(1);
                self.deepen(false);
            }
            self.n_open = self.n_open.saturating_sub(1);
            return;
        }
        self.n_open += usize::from(is_box && !tag.is_empty);
        // Without a word before it, the mail below is what the writer has to say.
        if tag.closes || self.out.text.is_empty() || self.out.depth > 0 {
            return;
        }
        let is_marked = |marks: &[&str]| marks.iter().any(|mark| tag.attributes.contains(mark));
        if is_box && !tag.is_empty && is_marked(&QUOTES) {
            self.quotes.push(self.n_open);
            self.out.lines(1);
            self.deepen(true);
        } else if is_marked(&QUOTES_BELOW)
            || tag.name.eq_ignore_ascii_case("includetail")
            || is_outlook_rule(tag)
        {
            self.out.lines(1);
            self.deepen(true);
        }
    }

    fn deepen(&mut self, deeper: bool) {
        let depth = if deeper { self.out.depth + 1 } else { self.out.depth.saturating_sub(1) };
        self.out.depth = depth.min(QUOTE_DEPTH_MAX);
    }

    /// Writes where a link leads, unless its text says so already.
    fn link(&mut self, href: &str, from: usize) {
        let mut url = String::new();
        for (n, piece) in href.trim().split('&').enumerate() {
            url.push_str(if n == 0 { "" } else { "&" });
            url.push_str(piece.strip_prefix("amp;").filter(|_| n > 0).unwrap_or(piece));
        }
        let Some((scheme, target)) = url.split_once(':') else { return };
        if !["http", "https", "mailto", "tel"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) {
            return;
        }
        let target = target.trim_matches('/');
        let text = self.out.text.get(from..).unwrap_or_default();
        if text.trim().is_empty() || text.contains(target) {
            return;
        }
        let shown = match url.as_str() {
            url if url.len() <= LINK_BYTES_MAX => url,
            url => url.split(['?', '#']).next().filter(|u| u.len() <= LINK_BYTES_MAX).unwrap_or_default(),
        };
        if !shown.is_empty() && !shown.contains(char::is_whitespace) {
            let shown = format!(" ({shown})");
            self.out.push_str(&shown);
        }
    }
}

/// Tells whether the box is that which Outlook draws above the mail it quotes: a rule of one
/// point over a padding of three.
fn is_outlook_rule(tag: &Tag<'_>) -> bool {
    let has = |text: &str| tag.attributes.contains(text);
    has("border-top:solid") && (has("#E1E1E1") || has("#B5C4DF")) && has("padding:3.0pt")
}

/// A tag's name and attributes.
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    closes: bool,
    is_empty: bool,
}

impl<'a> Tag<'a> {
    fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
            let (found, after) = rest.split_at(end);
            let after = after.trim_start();
            let Some(value) = after.strip_prefix('=') else {
                if after.is_empty() || end == 0 {
                    return None;
                }
                rest = after;
                continue;
            };
            let value = value.trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())),
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// Decodes the character reference at the start of `rest`; returns it with its length.
fn entity(rest: &str) -> (String, usize) {
    let name_end =
        rest.bytes().skip(1).take(40).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count() + 1;
    let name = &rest[..name_end];
    let has_end = rest[name_end..].starts_with(';');
    // Without the semicolon only what cannot be part of a link's query is decoded.
    if name_end < 2 || !has_end && !matches!(name, "&nbsp" | "&amp" | "&lt" | "&gt" | "&quot") {
        return ("&".to_owned(), 1);
    }
    let len = name_end + usize::from(has_end);
    let mut out = String::new();
    add_html_token(&mut out, format!("{name};").as_bytes(), false);
    // `&#146;` means the byte 146 of windows-1252 (HTML, 13.2.5.80).
    if let Some(c @ '\u{80}'..='\u{9F}') = out.chars().next() {
        out = WINDOWS_1252.decode_without_bom_handling(&[c as u8]).0.into_owned();
    }
    (out, len)
}

/// Writes text in lines, with quote marks before them and blanks collapsed.
#[derive(Default)]
struct Writer {
    text: String,
    /// How deep the present text is quoted.
    depth: usize,
    /// Line ends that wait for text to follow.
    n_breaks: usize,
    has_blank: bool,
    verbatim: bool,
}

impl Writer {
    /// Sees to it that what follows starts `n` lines further, at least.
    fn lines(&mut self, n: usize) {
        self.n_breaks = self.n_breaks.max(n);
    }

    fn line_break(&mut self) {
        self.n_breaks = (self.n_breaks + 1).min(2);
    }

    fn blank(&mut self) {
        self.has_blank = true;
    }

    fn push_str(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn push(&mut self, c: char) {
        match c {
            '\n' if self.verbatim => return self.line_break(),
            ' ' | '\t' if self.verbatim && self.n_breaks == 0 => {}
            // Fillers of preview texts.
            '\u{200B}' | '\u{FEFF}' | '\u{AD}' | '\u{34F}' => return,
            c if c.is_whitespace() => return self.blank(),
            c if c.is_control() => return,
            _ => {}
        }
        let at_start = self.text.is_empty();
        if self.n_breaks > 0 || at_start {
            for n in 0..if at_start { 0 } else { self.n_breaks } {
                if n > 0 && self.depth > 0 {
                    self.text.push('>');
                }
                self.text.push('\n');
            }
            (0..self.depth).for_each(|_| self.text.push_str("> "));
        } else if self.has_blank {
            self.text.push(' ');
        }
        (self.n_breaks, self.has_blank) = (0, false);
        self.text.push(c);
    }
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
