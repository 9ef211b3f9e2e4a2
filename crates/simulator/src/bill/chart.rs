//! The bill as a picture: `docs/images/cost.svg`.

use std::fmt::Write as _;

use super::cost::{Bill, Group};
use super::prices::Design;
use super::report::thousands;

const LEFT: f64 = 300.0;
const WIDE: f64 = 470.0;
/// Where the axis of the designs ends: the dearest would make all others invisible.
const MOST: f64 = 200_000.0;
const ROW: f64 = 30.0;
/// One a group, in their order; told apart also without colours by the order of the legend.
const COLOURS: [&str; 9] = [
    "#3b6fd4", "#2da160", "#d98a1f", "#b0467f", "#7a5cc9", "#5b8a8f", "#9a9a3c", "#8b93a1",
    "#c8452f",
];
const REDIS: &str = "Redis";

const HEAD: &str = r"  <style>
    .ink { fill: #1f2937 } .soft { fill: #5b6472 } .bar { fill: #b8c0cc } .here { fill: #2da160 }
    @media (prefers-color-scheme: dark) {
      .ink { fill: #e6edf3 } .soft { fill: #9aa7b5 } .bar { fill: #3d4652 } .here { fill: #3fb96f }
    }
  </style>
";

/// All of it.
pub fn draw(designs: &[Design], bills: &[Bill]) -> String {
    let mut body = String::new();
    let mut y = 34.0;
    heading(&mut body, y, "A month of 1M users who are always connected, by design");
    y += 20.0;
    for design in designs {
        bar(&mut body, y, &design.name, design.dollars, "bar");
        y += ROW;
    }
    if let Some(bill) = bills.first() {
        bar(&mut body, y, "counted from the code, no Redis, no Kafka", bill.dollars, "here");
        y += ROW;
        bar(&mut body, y, "the same with Redis on transitions", bill.with_redis(), "here");
    }
    y += ROW + 34.0;
    heading(&mut body, y, "What a month is made of, by scenario");
    y += 20.0;
    let most = bills.iter().map(Bill::with_redis).fold(1.0, f64::max);
    for bill in bills {
        stack(&mut body, y, bill, most);
        y += ROW;
    }
    legend(&mut body, y + 14.0);
    y += 96.0;
    let title = "What Rollcall costs";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 880 {y:.0}\" role=\"img\" aria-labelledby=\"t d\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', sans-serif\" font-size=\"13\">\n  \
         <title id=\"t\">{title}</title>\n  <desc id=\"d\">{}</desc>\n{HEAD}{body}</svg>\n",
        description(designs, bills)
    )
}

fn description(designs: &[Design], bills: &[Bill]) -> String {
    let mut text = String::from("Dollars a month for a million users.");
    for design in designs {
        let _ = write!(text, " {}: {}.", escaped(&design.name), thousands(design.dollars));
    }
    for bill in bills {
        let _ = write!(text, " {}: {}.", bill.scenario, thousands(bill.with_redis()));
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn heading(body: &mut String, y: f64, text: &str) {
    let _ = writeln!(
        body,
        "  <text class=\"ink\" x=\"14\" y=\"{y:.0}\" font-size=\"15\" font-weight=\"600\">{text}</text>"
    );
}

fn label(body: &mut String, y: f64, text: &str) {
    let (x, y) = (LEFT - 10.0, y + 15.0);
    let text = escaped(text);
    // The longest names are pressed together rather than cut.
    let fit =
        if text.len() > 45 { " textLength=\"276\" lengthAdjust=\"spacingAndGlyphs\"" } else { "" };
    let _ = writeln!(
        body,
        "  <text class=\"ink\" x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"end\" font-size=\"12\"{fit}>{text}</text>"
    );
}

fn figure(body: &mut String, x: f64, y: f64, text: &str) {
    let (x, y) = (x + 8.0, y + 15.0);
    let _ = writeln!(body, "  <text class=\"soft\" x=\"{x:.0}\" y=\"{y:.0}\">{text}</text>");
}

fn bar(body: &mut String, y: f64, name: &str, dollars: f64, class: &str) {
    label(body, y, name);
    let wide = (dollars / MOST).min(1.0) * WIDE;
    let _ = writeln!(
        body,
        "  <rect class=\"{class}\" x=\"{LEFT:.0}\" y=\"{y:.0}\" width=\"{wide:.1}\" height=\"20\" rx=\"3\"/>"
    );
    let more = if dollars > MOST { " →" } else { "" };
    figure(body, LEFT + wide, y, &format!("${}{more}", thousands(dollars)));
}

fn stack(body: &mut String, y: f64, bill: &Bill, most: f64) {
    label(body, y, &bill.scenario);
    let mut x = LEFT;
    let redis = (REDIS, bill.with_redis() - bill.dollars);
    let groups = Group::ALL.iter().map(|(group, name)| (*name, bill.of_group(*group)));
    for ((name, dollars), colour) in groups.chain([redis]).zip(COLOURS) {
        let wide = dollars / most * WIDE;
        let _ = writeln!(
            body,
            "  <rect x=\"{x:.1}\" y=\"{y:.0}\" width=\"{wide:.1}\" height=\"20\" fill=\"{colour}\">\
             <title>{name}: ${}</title></rect>",
            thousands(dollars)
        );
        x += wide;
    }
    figure(body, x, y, &format!("${}", thousands(bill.with_redis())));
}

fn legend(body: &mut String, y: f64) {
    let names = Group::ALL.iter().map(|(_, name)| *name).chain([REDIS]);
    for (at, (name, colour)) in names.zip(COLOURS).enumerate() {
        let x = 14.0 + 215.0 * (at % 4) as f64;
        let y = y + 22.0 * (at / 4) as f64;
        let _ = writeln!(
            body,
            "  <rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{colour}\"/>\n  \
             <text class=\"ink\" x=\"{:.0}\" y=\"{:.0}\">{name}</text>",
            x + 18.0,
            y + 11.0
        );
    }
}
