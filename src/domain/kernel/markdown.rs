//! Markdown as HTML that is safe to insert into a page.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// Renders [CommonMark](https://spec.commonmark.org/) with tables and strikethrough. HTML in the text is shown as text, and
/// links and images lead to `https`, `http`, `mailto` and `tel` addresses or to places of the same site only; others lose
/// their address. So nothing of the text can run as a script.
pub fn to_html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut output = String::with_capacity(text.len() * 2);
    html::push_html(&mut output, Parser::new_ext(text, options).map(safe));
    output
}

fn safe(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: safe_url(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: safe_url(dest_url), title, id })
        }
        event => event,
    }
}

/// The address, or none if it has another scheme. A browser drops control characters and space within a scheme, so they do
/// not count here either.
fn safe_url(url: CowStr<'_>) -> CowStr<'_> {
    let plain: String = url.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let scheme = plain.split(['/', '?', '#']).next().and_then(|start| start.split_once(':'));
    match scheme.map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        None | Some("https" | "http" | "mailto" | "tel") => url,
        Some(_) => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_rendered() {
        assert_eq!(to_html("# A *b*"), "<h1>A <em>b</em></h1>\n");
        assert_eq!(
            to_html("[a](https://a.example/?b:c)"),
            "<p><a href=\"https://a.example/?b:c\">a</a></p>\n"
        );
        assert_eq!(to_html("[a](/b \"c\")"), "<p><a href=\"/b\" title=\"c\">a</a></p>\n");
        assert_eq!(to_html("a\n\n- b\n- c"), "<p>a</p>\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n");
    }

    #[test]
    fn nothing_of_a_text_becomes_a_script() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<a href='javascript:alert(1)'>a</a>",
            "<svg/onload=alert(1)>",
            "a\n\n<div onclick=alert(1)>\n\nb\n\n</div>",
            "<!-- --><script>x</script>",
            "`<b>`<script>",
            "<https://a.example/\"onclick=alert(1)>",
        ] {
            let html = to_html(text);
            let tags = ["<p>", "</p>", "<code>", "</code>", "</a>", "<br />"];
            let rest = tags.iter().fold(html.clone(), |html, tag| html.replace(tag, ""));
            let rest = rest.replace("<a href=\"https://a.example/%22onclick=alert(1)\">", "");
            assert!(!rest.contains('<') && !rest.contains('>'), "{text}: {html}");
        }
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java&#10;script:alert(1)",
            "&#1;javascript:alert(1)",
            "&#x6a;avascript:alert(1)",
            "data:text/html;base64,PHNjcmlwdD4=",
            "vbscript:x",
        ] {
            for text in [
                format!("[a]({url})"),
                format!("![a]({url})"),
                format!("[a]\n\n[a]: {url}"),
                format!("<{url}>"),
            ] {
                let html = to_html(&text).to_lowercase();
                let is_plain =
                    !html.contains("href=\"j") && !html.contains("href=\"d") && !html.contains("href=\"v");
                assert!(is_plain && !html.contains("src=\"j") && !html.contains("src=\"d"), "{text}: {html}");
                assert!(!html.contains("href=\"\u{1}") && !html.contains("&#1"), "{text}: {html}");
            }
        }
    }
}
