//! Baselines: the library's recommenders with the settings of the textbooks, on the bare histories, without the engine,
//! its blend or its candidates. What other programs measure for the same method on the same data they must measure, too.

use twox_hash::XxHash3_64;
use vrec::domain::CallOptions;
use vrec::domain::Context;
use vrec::learning::Ease;
use vrec::learning::Factors;
use vrec::learning::FactorsOptions;
use vrec::learning::GraphWalk;
use vrec::learning::GraphWalkSettings;
use vrec::learning::Item;
use vrec::learning::ItemNeighbours;
use vrec::learning::ItemNeighboursSettings;
use vrec::learning::Observation;
use vrec::learning::Popularity;
use vrec::learning::Recommender;
use vrec::learning::Transitions;
use vrec::learning::Trend;
use vrec::learning::TrendSettings;
use vrec::learning::UserNeighbours;
use vrec::learning::UserNeighboursSettings;
use vrec::learning::Viewer;
use vrec::learning::Watch;
use vrec::learning::training::AlsOptions;
use vrec::learning::training::EaseOptions;
use vrec::learning::training::train_als;
use vrec::learning::training::train_ease;

use super::model::Among;
use super::model::LONGEST;
use super::model::Model;
use super::task::Asked;
use super::task::Task;
use crate::failure::Outcome;

/// Which baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaselineKind {
    MostPopular,
    PopularLately,
    ItemKnn,
    UserKnn,
    Rp3Beta,
    EasePlain,
    AlsPlain,
    TransitionsPlain,
}

impl BaselineKind {
    pub const ALL: [BaselineKind; 8] = [
        BaselineKind::MostPopular,
        BaselineKind::PopularLately,
        BaselineKind::ItemKnn,
        BaselineKind::UserKnn,
        BaselineKind::Rp3Beta,
        BaselineKind::EasePlain,
        BaselineKind::AlsPlain,
        BaselineKind::TransitionsPlain,
    ];

    pub fn name(self) -> &'static str {
        match self {
            BaselineKind::MostPopular => "most_popular",
            BaselineKind::PopularLately => "popular_lately",
            BaselineKind::ItemKnn => "item_knn",
            BaselineKind::UserKnn => "user_knn",
            BaselineKind::Rp3Beta => "rp3beta",
            BaselineKind::EasePlain => "ease_plain",
            BaselineKind::AlsPlain => "als_plain",
            BaselineKind::TransitionsPlain => "transitions_plain",
        }
    }

    /// Fits it to histories of `items` videos; `order` names the same watches, by history and place, in the order of time.
    fn fit(self, histories: &[Vec<Watch>], order: &[(usize, usize)], items: usize) -> Outcome<Box<dyn Recommender>> {
        let slices: Vec<&[Watch]> = histories.iter().map(Vec::as_slice).collect();
        let call = CallOptions::default();
        let plain_knn = ItemNeighboursSettings { window: 200, decay: 1.0, shrinkage: 0.0 };
        let mut recommender: Box<dyn Recommender> = match self {
            BaselineKind::MostPopular => Box::new(Popularity::default()),
            BaselineKind::PopularLately => Box::new(Trend::new(TrendSettings::default())),
            BaselineKind::ItemKnn => Box::new(ItemNeighbours::new(plain_knn)),
            BaselineKind::UserKnn => Box::new(UserNeighbours::new(UserNeighboursSettings {
                decay: 1.0,
                ..UserNeighboursSettings::default()
            })),
            BaselineKind::Rp3Beta => {
                Box::new(GraphWalk::new(GraphWalkSettings { decay: 1.0, ..GraphWalkSettings::default() }))
            }
            BaselineKind::TransitionsPlain => Box::new(Transitions::default()),
            BaselineKind::EasePlain => {
                Box::new(Ease::new(train_ease(&slices, items, &EaseOptions::default(), &call)?, 1.0)?)
            }
            BaselineKind::AlsPlain => {
                let options = AlsOptions::default();
                let model = train_als(&slices, items, &options, &call)?;
                let AlsOptions { regularisation, confidence, .. } = options;
                Box::new(Factors::new(model.items, FactorsOptions { regularisation, confidence, decay: 1.0 })?)
            }
        };
        for (profile, place) in order {
            let history = &histories[*profile];
            let (before, watch) = (&history[..*place], history[*place]);
            recommender.observe(&Observation { profile: *profile as u32, before, watch, context: Context::default() });
        }
        Ok(recommender)
    }
}

/// A fitted baseline.
pub struct Baseline<'a> {
    task: &'a Task<'a>,
    recommender: Box<dyn Recommender>,
    histories: Vec<Vec<Watch>>,
}

impl<'a> Baseline<'a> {
    pub fn fit(kind: BaselineKind, task: &'a Task<'a>) -> Outcome<Baseline<'a>> {
        let mut histories = vec![Vec::new(); task.data.users.len()];
        let mut order = Vec::with_capacity(task.learned.len());
        for event in &task.learned {
            let history: &mut Vec<Watch> = &mut histories[event.user];
            let item = event.video as Item;
            if history.iter().all(|watch| watch.item != item) {
                order.push((event.user, history.len()));
                history.push(Watch { item, time_utc_ms: event.time_utc_ms });
            }
        }
        let recommender = kind.fit(&histories, &order, task.data.videos.len())?;
        Ok(Baseline { task, recommender, histories })
    }

    fn may_list(&self, video: usize, among: Among) -> bool {
        let is_cold = self.task.cold.as_ref().is_some_and(|cold| cold[video]);
        !self.task.absent[video] && (among == Among::All || is_cold)
    }
}

impl Model for Baseline<'_> {
    /// Equal scores are ordered at random, for each user anew and in each run alike.
    fn list(&self, asked: &Asked, among: Among) -> Outcome<Vec<(usize, f32)>> {
        let history = &self.histories[asked.user];
        let now_utc_ms = match asked.now_utc_ms {
            0 => history.last().map_or(0, |watch| watch.time_utc_ms),
            now => now,
        };
        let mut scores = vec![0.0; self.task.data.videos.len()];
        let (profile, context) = (Some(asked.user as u32), Context::default());
        let viewer = Viewer { profile, history, now_utc_ms, context, call: &CallOptions::UNBOUNDED };
        self.recommender.score(&viewer, &mut scores);
        let mut listable: Vec<bool> = (0..scores.len()).map(|video| self.may_list(video, among)).collect();
        history.iter().for_each(|watch| listable[watch.item as usize] = false);
        let draw = |video: usize| XxHash3_64::oneshot_with_seed(asked.user as u64, &(video as u64).to_le_bytes());
        let listed = scores.into_iter().enumerate().filter(|(video, _)| listable[*video]);
        let mut list: Vec<(usize, f32, u64)> = listed.map(|(video, score)| (video, score, draw(video))).collect();
        list.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)));
        Ok(list.into_iter().take(LONGEST).map(|(video, score, _)| (video, score)).collect())
    }
}
