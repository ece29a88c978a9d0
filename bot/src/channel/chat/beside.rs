//! Reads what the prompts' `digest_card.html` puts beside a notice: a picture and commands; pure.

use crate::commands::Picture;

/// Returns the picture, and the labels and commands of the links.
pub(super) fn read(html: &str) -> (Option<Picture>, Vec<(String, String)>) {
    let picture = attribute(html, "<img src=\"").and_then(|(src, rest)| {
        let alt = attribute(rest, "alt=\"").map_or_else(String::new, |(alt, _)| plain(alt));
        Picture::of_src(src, &alt)
    });
    let mut drills = Vec::new();
    let mut rest = html;
    while let Some((command, after)) = attribute(rest, "<a href=\"") {
        let Some((label, after)) = after.trim_start_matches('>').split_once("</a>") else { break };
        drills.push((plain(label), plain(command)));
        rest = after;
    }
    (picture, drills)
}

/// Returns the value behind `name`, and what follows its quotation mark.
fn attribute<'a>(html: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    html.split_once(name)?.1.split_once('"')
}

/// Takes the escapes off that the templates put on.
fn plain(html: &str) -> String {
    let escapes =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    escapes.iter().fold(html.to_owned(), |text, (escape, letter)| text.replace(escape, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_and_commands_are_read_as_they_were_written() {
        let html = "<img src=\"data:image/png;base64,AAAA\" alt=\"Mon: 1 &lt; 2\">\n\
                    <a href=\"find intent:a direction:in\">A &amp; B (2)</a>\n<a href=\"tickets\">Tickets</a>\n";
        let (picture, drills) = read(html);
        assert_eq!(
            picture.map(|picture| (picture.bytes().len(), picture.alt)),
            Some((3, "Mon: 1 < 2".to_owned()))
        );
        let drill = |label: &str, command: &str| (label.to_owned(), command.to_owned());
        assert_eq!(drills, [drill("A & B (2)", "find intent:a direction:in"), drill("Tickets", "tickets")]);
        for broken in ["", "<a href=\"x", "<a href=\"x\">y", "<img src=\"http://x\">", "&lt;a href=&quot;"] {
            assert_eq!(read(broken), (None, Vec::new()), "{broken}");
        }
    }
}
