//! A plain text as HTML that mail clients show like a letter typed by hand: paragraphs, links, and
//! what is quoted behind a line.

use std::fmt::Write as _;

const STYLE: &str = "font-family:-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',sans-serif;\
                     font-size:15px;line-height:1.5;color:#1f2328";
const QUOTE: &str = "margin:0 0 0 .2em;padding:0 0 0 .9em;border-left:2px solid #c8cdd3;color:#59636e";

/// Writes `text` as a page. Nothing in it is taken for markup; web addresses become links.
pub(super) fn page(text: &str) -> String {
    let mut html = format!("<!DOCTYPE html><html><body><div style=\"{STYLE}\">");
    let mut quoted = false;
    let mut paragraph = String::new();
    for line in text.trim_end().lines() {
        let (is_quoted, line) = match line.strip_prefix('>') {
            Some(rest) => (true, rest.strip_prefix(' ').unwrap_or(rest)),
            None => (false, line),
        };
        if is_quoted != quoted {
            end(&mut html, &mut paragraph);
            let _ = if is_quoted {
                write!(html, "<blockquote type=\"cite\" style=\"{QUOTE}\">")
            } else {
                write!(html, "</blockquote>")
            };
            quoted = is_quoted;
        }
        if line.trim().is_empty() {
            end(&mut html, &mut paragraph);
        } else {
            if !paragraph.is_empty() {
                paragraph.push_str("<br>");
            }
            put_line(&mut paragraph, line);
        }
    }
    end(&mut html, &mut paragraph);
    if quoted {
        html.push_str("</blockquote>");
    }
    html.push_str("</div></body></html>");
    html
}

fn end(html: &mut String, paragraph: &mut String) {
    if !paragraph.is_empty() {
        let _ = write!(html, "<p style=\"margin:0 0 1em\">{paragraph}</p>");
        paragraph.clear();
    }
}

/// Writes a line, its web addresses as links.
pub(super) fn line(text: &str) -> String {
    let mut html = String::new();
    put_line(&mut html, text);
    html
}

/// Adds a line, its web addresses as links.
fn put_line(html: &mut String, line: &str) {
    let mut rest = line;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| c.is_whitespace() || "<>\"'，。；）】".contains(c)).unwrap_or(from.len());
        let url = from[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        put(html, before);
        html.push_str("<a href=\"");
        put(html, url);
        html.push_str("\">");
        put(html, url);
        html.push_str("</a>");
        rest = &from[url.len()..];
        if url.is_empty() {
            break;
        }
    }
    put(html, rest);
}

fn put(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page without its styles.
    fn bare(text: &str) -> String {
        let mut html = page(text);
        while let Some((before, after)) = html.split_once(" style=\"") {
            html = format!("{before}{}", after.split_once('"').unwrap().1);
        }
        let html = html.strip_prefix("<!DOCTYPE html><html><body><div>").unwrap();
        html.strip_suffix("</div></body></html>").unwrap().to_owned()
    }

    #[test]
    fn a_text_becomes_paragraphs_and_what_is_quoted_stands_behind_a_line() {
        assert_eq!(bare("Hello,\none\n\n\ntwo\n"), "<p>Hello,<br>one</p><p>two</p>");
        assert_eq!(
            bare("Yes.\n\nAnn wrote:\n> Really?\n>\n> Ann\n"),
            "<p>Yes.</p><p>Ann wrote:</p><blockquote type=\"cite\"><p>Really?</p><p>Ann</p></blockquote>"
        );
        assert_eq!(bare("> a\nb"), "<blockquote type=\"cite\"><p>a</p></blockquote><p>b</p>");
        assert_eq!(bare(""), "");
    }

    #[test]
    fn nothing_in_a_text_is_markup_and_addresses_are_links() {
        assert_eq!(
            bare("<script>alert('x')</script> & \"y\""),
            "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot;</p>"
        );
        assert_eq!(
            bare("见 https://ours.example/a?b=1&c=2。 (http://x.example)."),
            "<p>见 <a href=\"https://ours.example/a?b=1&amp;c=2\">https://ours.example/a?b=1&amp;c=2</a>。 \
             (<a href=\"http://x.example\">http://x.example</a>).</p>"
        );
        assert_eq!(
            bare("https:// and http://\"onload=\""),
            "<p><a href=\"https://\">https://</a> and <a href=\"http://\">http://</a>&quot;onload=&quot;</p>"
        );
    }
}
