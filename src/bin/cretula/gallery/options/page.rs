//! The web page of the options.
//!
//! In: the entries and what they gave. Out: HTML that needs only the files next to it.

use std::fmt::Write;

use super::super::Source;
use super::super::page::{escaped, figure, lead, start};
use super::entries::Group;
use super::{Output, Shown, warnings};

/// The whole page.
pub(super) fn html(source: &Source, groups: &[(&Group, Vec<Shown<'_>>)]) -> String {
    let name = escaped(&source.name);
    let mut page = start(&format!("The options, on {name}"), &lead(source));
    for (group, shown) in groups {
        let _ = write!(
            page,
            "<h2>{}</h2>\n<p class=\"lead\">{}</p>\n<div class=\"row\">\n",
            escaped(group.title),
            escaped(group.text)
        );
        for shown in shown {
            page.push_str(&card(shown, &name));
        }
        page.push_str("</div>\n");
    }
    page.push_str("</html>\n");
    page
}

fn card(shown: &Shown<'_>, name: &str) -> String {
    let Shown { entry, file, output } = shown;
    let options = escaped(entry.options);
    let heading = format!("<code>{options}</code>");
    let mut text = escaped(entry.sentence);
    for warning in warnings(output) {
        let _ = write!(text, " <em>Warning: {}.</em>", escaped(&warning));
    }
    match output {
        Output::Picture(rendered) => {
            figure(&heading, &format!("{name} with {options}"), rendered, file, &text)
        }
        Output::Description(description) => format!(
            "<figure><div class=\"stage\"><code style=\"overflow-wrap:anywhere\">{}</code></div>\n\
             <figcaption><h3>{heading}</h3><a href=\"{file}\"><code>{file}</code></a>\n\
             <p>{text}</p></figcaption></figure>\n",
            escaped(description)
        ),
    }
}
