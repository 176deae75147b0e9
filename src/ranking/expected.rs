//! What a video that nobody watched may expect: its content's score, brought to the scale of what
//! others watched by the least squares of the one on the other, over the videos that were watched.

/// A line through the scores of watched videos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    slope: f32,
    offset: f32,
}

impl Expected {
    /// Of each item the score by what others watched, the one by content, and how many watched it. A slope below 0
    /// would turn content's order round: it is taken as 0.
    pub fn of(scores: &[f32], content: &[f32], watches: &[u64]) -> Expected {
        let (mut count, mut score_sum, mut content_sum, mut products, mut squares) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for ((score, content), watches) in scores.iter().zip(content).zip(watches) {
            let counts = f64::from(u8::from(*watches > 0));
            let (score, content) = (f64::from(*score), f64::from(*content));
            count += counts;
            score_sum += counts * score;
            content_sum += counts * content;
            products += counts * score * content;
            squares += counts * content * content;
        }
        if count == 0.0 {
            return Expected { slope: 0.0, offset: 0.0 };
        }
        let (score_mean, content_mean) = (score_sum / count, content_sum / count);
        let covariance = products / count - score_mean * content_mean;
        let variance = squares / count - content_mean * content_mean;
        let slope = if variance > 0.0 { (covariance / variance).max(0.0) } else { 0.0 };
        Expected { slope: slope as f32, offset: (score_mean - slope * content_mean) as f32 }
    }

    /// The score to be expected by content.
    pub fn by(&self, content: f32) -> f32 {
        self.slope * content + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_through_watched_videos_alone() {
        let expected = Expected::of(&[1.0, 3.0, 5.0, 100.0], &[0.0, 1.0, 2.0, -4.0], &[2, 1, 9, 0]);
        assert!((expected.by(3.0) - 7.0).abs() < 1e-5 && (expected.by(-1.0) + 1.0).abs() < 1e-5);
        let falling = Expected::of(&[3.0, 1.0], &[0.0, 1.0], &[1, 1]);
        assert_eq!((falling.by(0.0), falling.by(9.0)), (2.0, 2.0));
        assert_eq!(Expected::of(&[], &[], &[]).by(1.0), 0.0);
    }
}
