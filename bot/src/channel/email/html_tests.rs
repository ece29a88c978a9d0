//! Pages as mail programs write them.

use super::*;

#[test]
fn a_page_becomes_its_text() {
    for (html, expected) in [
        ("plain", "plain"),
        (
            "<p>Hi&nbsp;Bob,</p><p>see <a href='https://x.test/a?b=1&amp;c=2'>link</a></p>",
            "Hi Bob,\n\nsee link (https://x.test/a?b=1&c=2)",
        ),
        (
            "<a href=\"https://x.test/\">x.test</a> <a href=mailto:ann@x.test>ann@x.test</a>",
            "x.test ann@x.test",
        ),
        ("<a href='javascript:alert(1)'>click</a><a href='#top'>up</a>", "clickup"),
        ("<style>p{}</style><script>if (a<b) {}</script><title>t</title>text", "text"),
        ("<STYLE>p{}</Style ><!-- no --><!--[if mso]><p>no<![endif]-->text", "text"),
        ("<div>one</div><div>two<br>three<br><br><br>four</div>", "one\ntwo\nthree\n\nfour"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        (
            "caf&eacute; &#20320;&#x597D; &#146; &euro; &unknown; a&b &amp;lt; R&D",
            "café 你好 ’ € &unknown; a&b &lt; R&D",
        ),
        ("one\n  two\t three", "one two three"),
        ("<pre>a\n  b\nc</pre>", "a\nb\nc"),
        (
            "yes<blockquote>old<br>older<p>oldest</p><blockquote>first</blockquote></blockquote>new",
            "yes\n> old\n> older\n>\n> oldest\n>\n> > first\nnew",
        ),
        ("1 < 2 > 0 <3", "1 < 2 > 0 <3"),
        ("<p title=\"a > b\">text</p>", "text"),
        ("<p title=\"never closed>text</p>", "text"),
        ("<style>never closed", "never closed"),
        ("<!-- never closed", "never closed"),
        ("<img src=x alt='Our logo'>", "Our logo"),
        ("<img alt>x<a href>y</a>", "xy"),
        ("", ""),
        ("<", "<"),
        ("<a", "<a"),
    ] {
        assert_eq!(to_text(html), expected, "{html}");
    }
}

#[test]
fn quotes_are_known_by_the_marks_of_mail_programs() {
    for (html, expected) in [
        (
            "<div>Yes.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On 3 Mar 2026 at 10:00, Ann &lt;ann@x.test&gt; wrote:<br></div><blockquote class=\"gmail_quote\">old</blockquote></div>",
            "Yes.\nOn 3 Mar 2026 at 10:00, Ann <ann@x.test> wrote:\n> old",
        ),
        ("Yes.<blockquote type=\"cite\">old</blockquote>", "Yes.\n> old"),
        (
            "Yes.<div class=\"moz-cite-prefix\">Ann, kun 10:00:</div><blockquote>old</blockquote>No.",
            "Yes.\n> Ann, kun 10:00:\n> old\nNo.",
        ),
        (
            "<div>Yes.</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>Från:</b> Ann</div><div>old</div>",
            "Yes.\n---\n> Från: Ann\n> old",
        ),
        (
            "<p>Yes.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p>Feladó: Ann</p></div><p>old</p>",
            "Yes.\n>\n> Feladó: Ann\n>\n> old",
        ),
        (
            "<div>Yes.</div><div class=\"yahoo_quoted\"><div>Ann: <div>old</div></div></div><div>No.</div>",
            "Yes.\n> Ann:\n> old\nNo.",
        ),
        ("<div>好的。</div><div id=\"isReplyContent\">旧文</div>", "好的。\n> 旧文"),
        (
            "<div>好的。</div><includetail><div>------------------&nbsp;原始邮件&nbsp;------------------</div>旧文</includetail>",
            "好的。\n> ------------------ 原始邮件 ------------------\n> 旧文",
        ),
        ("<div id=\"divRplyFwdMsg\">From: Ann</div><div>passed on</div>", "From: Ann\npassed on"),
        ("</div></div>Yes.<div class=yahoo_quoted>", "Yes."),
    ] {
        assert_eq!(to_text(html), expected, "{html}");
    }
}

#[test]
fn a_long_link_loses_its_query() {
    let html = format!("<a href='https://x.test/a?{}'>here</a>", "q".repeat(300));
    assert_eq!(to_text(&html), "here (https://x.test/a)");
}

#[test]
fn hostile_pages_take_linear_time() {
    for unit in [
        "<",
        "<a ",
        "<a '",
        "<a href=x>",
        "<a href=x>y</a>",
        "<blockquote>",
        "<!--",
        "<style>",
        "&",
        "&#",
        "</",
        "<p \"",
        "a<div class=yahoo_quoted>",
        "<div id=divRplyFwdMsg>a",
        "a<div class=yahoo_quoted></div>",
    ] {
        let html = unit.repeat((1 << 18) / unit.len());
        assert!(to_text(&html).len() < 60 * html.len(), "{unit}");
    }
}
