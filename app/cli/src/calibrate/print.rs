//! The calibration board as a page to print: PDF or SVG, true to size. Knows ink and paper, no camera.

use fieldwright_vision::calibrate::Board;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

/// Points of a PDF in a millimetre.
const POINTS: f64 = 72.0 / 25.4;
/// The line to measure.
const LINE_MM: f64 = 100.0;

/// What stands in the strip at the bottom, and where: the line from here on, its ends, and the words after it.
struct Foot {
    line: [f64; 2],
    y: f64,
    words: String,
}

fn foot(board: &Board) -> Foot {
    let [_, height] = board.paper().size_mm();
    let ids = board.ids();
    let words = format!(
        "100 mm: measure this line.   Fieldwright calibration board {}, tag36h11 {} to {}.   Print at 100 %.",
        board.paper().name(),
        ids.start,
        ids.end - 1
    );
    Foot { line: [12.0, 12.0 + LINE_MM], y: height - 12.0, words }
}

/// The page as PDF.
pub(super) fn pdf(board: &Board) -> Vec<u8> {
    let [width, height] = board.paper().size_mm();
    let (catalog, pages, page, contents, font) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4), Ref::new(5));
    let point = |[x, y]: [f64; 2]| ((x * POINTS) as f32, ((height - y) * POINTS) as f32);
    let mut content = Content::new();
    content.set_fill_gray(0.0);
    for tag in board.outlines() {
        for outline in &tag.loops {
            for (index, corner) in outline.iter().enumerate() {
                let (x, y) = point(*corner);
                if index == 0 {
                    content.move_to(x, y)
                } else {
                    content.line_to(x, y)
                };
            }
            content.close_path();
        }
        content.fill_even_odd();
    }
    let foot = foot(board);
    content.set_line_width((0.25 * POINTS) as f32);
    for [from, to] in strokes(&foot) {
        let ((x0, y0), (x1, y1)) = (point(from), point(to));
        content.move_to(x0, y0).line_to(x1, y1).stroke();
    }
    let (x, y) = point([foot.line[1] + 4.0, foot.y + 1.0]);
    content.begin_text().set_font(Name(b"F1"), 8.0).next_line(x, y).show(Str(foot.words.as_bytes())).end_text();

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, (width * POINTS) as f32, (height * POINTS) as f32));
    sheet.parent(pages).contents(contents).resources().fonts().pair(Name(b"F1"), font);
    sheet.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    pdf.stream(contents, &content.finish());
    pdf.finish()
}

/// The page as SVG.
pub(super) fn svg(board: &Board) -> String {
    let [width, height] = board.paper().size_mm();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let mut put = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for tag in board.outlines() {
        let path: Vec<String> = tag
            .loops
            .iter()
            .map(|outline| {
                let corners: Vec<String> = outline.iter().map(|[x, y]| format!("{x:.4} {y:.4}")).collect();
                format!("M{}Z", corners.join("L"))
            })
            .collect();
        put(format!("<path id=\"tag-{}\" fill-rule=\"evenodd\" d=\"{}\"/>", tag.id, path.join("")));
    }
    let foot = foot(board);
    for [[x0, y0], [x1, y1]] in strokes(&foot) {
        put(format!("<path d=\"M{x0} {y0}L{x1} {y1}\" stroke=\"black\" stroke-width=\"0.25\"/>"));
    }
    put(format!(
        "<text x=\"{}\" y=\"{}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"2.8\">{}</text>\n</svg>",
        foot.line[1] + 4.0,
        foot.y + 1.0,
        foot.words
    ));
    text
}

/// The line with its two end marks.
fn strokes(foot: &Foot) -> [[[f64; 2]; 2]; 3] {
    let ([from, to], y) = (foot.line, foot.y);
    [[[from, y], [to, y]], [[from, y - 2.0], [from, y + 2.0]], [[to, y - 2.0], [to, y + 2.0]]]
}

#[cfg(test)]
mod tests {
    use fieldwright_vision::calibrate::Paper;

    use super::*;

    #[test]
    fn pages_have_the_size_of_their_paper() {
        for paper in Paper::ALL {
            let board = Board::new(paper);
            let [width, height] = paper.size_mm();
            let svg = svg(&board);
            assert!(svg.contains(&format!("width=\"{width}mm\" height=\"{height}mm\"")));
            assert_eq!(svg.matches("<path id=\"tag-").count(), board.ids().len());
            let pdf = pdf(&board);
            let text = String::from_utf8_lossy(&pdf);
            assert!(text.starts_with("%PDF-") && text.trim_end().ends_with("%%EOF"));
            // A whole number of points is written without its zeros, so that numbers are compared and not their writing.
            let after = text.split("/MediaBox").nth(1).expect("the page has a box");
            let box_points: Vec<f64> = after
                .trim_start_matches([' ', '['])
                .split([' ', ']'])
                .take(4)
                .map(|number| number.parse().expect("a page box is four numbers"))
                .collect();
            let wanted = [0.0, 0.0, width * POINTS, height * POINTS];
            for (own, wanted) in box_points.iter().zip(wanted) {
                assert!((own - wanted).abs() < 0.01, "{box_points:?} is not the page's {wanted:.2}");
            }
        }
    }
}
