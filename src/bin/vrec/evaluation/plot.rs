//! Quality against what a list has to go by, drawn as SVG: how long a wanted video has been watched, how often it
//! was, and how long the history of the one who is asked is. Black on white, which every viewer shows alike, light or
//! dark.

use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;

use vrec::engine::weights::Mean;

use super::model::Listed;
use super::task::Task;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;

/// Pixels of one panel.
const WIDTH: u32 = 520;
const HEIGHT: u32 = 380;

const POINTS: RGBColor = RGBColor(0, 90, 160);

const DAY_MS: i64 = 86_400_000;

/// A range of whole numbers from its first on, up to the next one's.
type Bins = &'static [(i64, &'static str)];

/// Of videos that somebody watched before.
const AGES: Bins = &[
    (i64::MIN, "never"),
    (0, "< 30 days"),
    (30, "30–90"),
    (91, "91–365"),
    (366, "1–3 years"),
    (1_096, "3–10"),
    (3_653, "> 10"),
];
const WATCHES: Bins =
    &[(0, "0"), (1, "1–2"), (3, "3–5"), (6, "6–10"), (11, "11–20"), (21, "21–50"), (51, "51–100"), (101, "> 100")];
const HISTORIES: Bins =
    &[(0, "3–9"), (10, "10–19"), (20, "20–49"), (50, "50–99"), (100, "100–199"), (200, "200–499"), (500, "≥ 500")];

/// One picture: values in bins.
struct Panel {
    title: &'static str,
    axis: &'static str,
    bins: Bins,
    values: Vec<Vec<f64>>,
}

impl Panel {
    fn new(title: &'static str, axis: &'static str, bins: Bins) -> Panel {
        Panel { title, axis, bins, values: vec![Vec::new(); bins.len()] }
    }

    fn put(&mut self, at: i64, value: f64) {
        let bin = self.bins.iter().rposition(|(first, _)| *first <= at).unwrap_or(0);
        self.values[bin].push(value);
    }

    /// Of each bin that is not empty its place, mean and count.
    fn means(&self) -> Vec<(i32, Mean, usize)> {
        let means = (0..).zip(&self.values).filter(|(_, values)| !values.is_empty());
        means.map(|(bin, values)| (bin, Mean::of(values.iter().copied()), values.len())).collect()
    }
}

/// Writes the picture of a run.
pub fn draw(path: &Path, task: &Task<'_>, lists: &[Listed]) -> Outcome {
    let mut text = String::new();
    let panels = panels(task, lists);
    render(&panels, &mut text).map_err(|why| Failure::new(Exit::Other, format!("drawing the plot: {why}")))?;
    std::fs::write(path, text).map_err(|error| Failure::file(&format!("writing {}", path.display()), &error))
}

fn panels(task: &Task<'_>, lists: &[Listed]) -> Vec<Panel> {
    let mut ages = Panel::new("How long a video has been watched", "days between its first watch and the list", AGES);
    let mut watches = Panel::new("How often a video was watched", "watches before", WATCHES);
    let mut histories = Panel::new("How long the history is", "events of the user before", HISTORIES);
    let counts = task.watches();
    let firsts = first_watches(task);
    let lengths = history_lengths(task);
    for (asked, listed) in task.asked.iter().zip(lists) {
        histories.put(lengths[asked.user], listed.measures.recall10);
        for video in &asked.wanted {
            let is_found = f64::from(u8::from(listed.list.iter().take(10).any(|found| found == video)));
            let age = firsts[*video].map(|first| (asked.now_utc_ms - first).max(0) / DAY_MS);
            ages.put(age.unwrap_or(i64::MIN), is_found);
            watches.put(i64::from(counts[*video]), is_found);
        }
    }
    let ages = task.data.has_times.then_some(ages);
    ages.into_iter().chain([watches, histories]).collect()
}

fn first_watches(task: &Task<'_>) -> Vec<Option<i64>> {
    let mut firsts = vec![None; task.data.videos.len()];
    for event in &task.learned {
        let first: &mut Option<i64> = &mut firsts[event.video];
        *first = Some(first.map_or(event.time_utc_ms, |first| first.min(event.time_utc_ms)));
    }
    firsts
}

fn history_lengths(task: &Task<'_>) -> Vec<i64> {
    let mut lengths = vec![0; task.data.users.len()];
    task.learned.iter().for_each(|event| lengths[event.user] += 1);
    lengths
}

/// What drawing into a text can end with.
type Drawn<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn render(panels: &[Panel], text: &mut String) -> Drawn {
    let root = SVGBackend::with_string(text, (WIDTH * panels.len() as u32, HEIGHT)).into_drawing_area();
    root.fill(&WHITE).map_err(|error| error.to_string())?;
    for (panel, area) in panels.iter().zip(root.split_evenly((1, panels.len()))) {
        render_panel(panel, &area).map_err(|error| error.to_string())?;
    }
    root.present().map_err(|error| error.to_string())?;
    Ok(())
}

fn render_panel(panel: &Panel, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn {
    let means = panel.means();
    let highest = means.iter().map(|(_, mean, _)| mean.mean + mean.plus_minus).fold(0.01, f64::max);
    let bins = (0..panel.bins.len() as i32 - 1).into_segmented();
    let mut chart = ChartBuilder::on(area)
        .caption(panel.title, ("sans-serif", 17))
        .margin(12)
        .x_label_area_size(52)
        .y_label_area_size(58)
        .build_cartesian_2d(bins, 0.0..1.15 * highest)
        .map_err(|error| error.to_string())?;
    let label = |place: &SegmentValue<i32>| match place {
        SegmentValue::CenterOf(bin) => panel.bins.get(*bin as usize).map_or("", |(_, label)| *label).to_owned(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(panel.bins.len())
        .x_label_formatter(&label)
        .y_label_formatter(&|share| format!("{share:.2}"))
        .x_desc(panel.axis)
        .y_desc("recall@10 (share, ± 95 %)")
        .draw()
        .map_err(|error| error.to_string())?;
    let at = |bin: i32| SegmentValue::CenterOf(bin);
    let points = means.iter().map(|(bin, mean, _)| Circle::new((at(*bin), mean.mean), 4, POINTS.filled()));
    let bars = means.iter().map(|(bin, mean, _)| {
        let low = (mean.mean - mean.plus_minus).max(0.0);
        PathElement::new(vec![(at(*bin), low), (at(*bin), mean.mean + mean.plus_minus)], POINTS)
    });
    let counts = means.iter().map(|(bin, mean, count)| {
        let top = mean.mean + mean.plus_minus + 0.04 * highest;
        let style = TextStyle::from(("sans-serif", 11)).pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Bottom,
        ));
        Text::new(format!("n={count}"), (at(*bin), top), style)
    });
    chart.draw_series(points).map_err(|error| error.to_string())?;
    chart.draw_series(bars).map_err(|error| error.to_string())?;
    chart.draw_series(counts).map_err(|error| error.to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_their_bins() {
        let mut panel = Panel::new("", "", WATCHES);
        for (watches, value) in [(0, 0.0), (2, 1.0), (3, 0.0), (5, 1.0), (4_000, 1.0)] {
            panel.put(watches, value);
        }
        let means: Vec<(i32, f64, usize)> =
            panel.means().into_iter().map(|(bin, mean, count)| (bin, mean.mean, count)).collect();
        assert_eq!(means, [(0, 0.0, 1), (1, 1.0, 1), (2, 0.5, 2), (7, 1.0, 1)]);
    }

    #[test]
    fn the_picture_has_its_axes() {
        let mut panel = Panel::new("A title", "an axis", HISTORIES);
        panel.put(30, 0.25);
        let mut text = String::new();
        render(&[panel], &mut text).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        for word in ["A title", "an axis", "20–49", "recall@10", "n=1"] {
            assert!(text.contains(word), "{word}");
        }
    }
}
