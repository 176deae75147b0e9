//! Searching: by titles, which takes no model, and by meaning, which does; one list of both. `docs/search.md` says how
//! they are ranked.

use super::Engine;
use super::lists::engaged;
use super::meaning::clean_text;
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, DiversityMethod, Error, Query, Recommendation, Result, SearchWays, Status, Watched};
use crate::encoder::{Encoder, Lane};
use crate::ranking::{Because, permitted_rows, rank, search_titles, titled};
use crate::text::SearchText;
use crate::vectors::Bitmap;

impl Engine {
    /// Videos whose titles match what somebody typed, and behind them videos near the meaning of the text, in any
    /// language the model knows. Where the query names no ways, meaning is left out rather than waited for.
    pub fn search(&self, text: &str, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        let (snapshot, query) = self.asked(query)?;
        let query = query.as_ref();
        let cleaned = clean_text("text", text)?;
        if cleaned.is_empty() {
            return Err(Error::invalid("text holds nothing to search for"));
        }
        call.check()?;
        let ways = query.search_ways.unwrap_or(SearchWays::ALL);
        if query.search_ways.is_some() && ways.meaning {
            self.shared.encoder()?;
        }
        let mut allowed = searched_rows(&snapshot, query, call)?;
        let typed = SearchText::of(&cleaned, ways);
        let found = match &typed {
            Some(typed) => search_titles(&snapshot.catalogue, &allowed, typed, query.limit, call)?,
            None => Vec::new(),
        };
        let mut list = titled(&snapshot.catalogue, &found);
        found.iter().for_each(|scored| allowed.remove(scored.row));
        let limit = query.limit - list.len();
        let is_keystroke = typed.is_some_and(|typed| typed.is_keystroke());
        let by_meaning = match query.search_ways {
            Some(_) => ways.meaning,
            None => !is_keystroke && self.means_something_now(),
        };
        if by_meaning && limit > 0 {
            let rest = Query { limit, diversity_method: DiversityMethod::None, ..query.clone() };
            list.extend(self.search_meaning(&snapshot, &cleaned, allowed, &rest, call)?);
        }
        Ok(list)
    }

    /// Whether there is a model that no other call is just opening.
    fn means_something_now(&self) -> bool {
        self.shared.encoder().is_ok_and(|encoder| !encoder.is_opening())
    }

    /// Those of the allowed videos that are near the meaning of a text. A model that does not open is an error only
    /// where the query asks for it.
    fn search_meaning(
        &self,
        snapshot: &Snapshot,
        cleaned: &str,
        mut allowed: Bitmap,
        query: &Query,
        call: &CallOptions,
    ) -> Result<Vec<Recommendation>> {
        let encoder = self.shared.encoder()?;
        let raw = match self.embed_clean(encoder, &[cleaned], Lane::Interactive, call) {
            Err(error) if query.search_ways.is_none() && does_not_open(encoder, &error) => return Ok(Vec::new()),
            raw => raw?,
        };
        let centres = snapshot.catalogue.centres();
        let Some(vector) = self.shared.meaning.query_vector(cleaned, raw.row(0), centres) else {
            return Ok(Vec::new());
        };
        allowed.and_not(snapshot.catalogue.without_vector());
        let ranked = rank(&snapshot.catalogue, allowed, &vector, Because::Text, query, self.searching(), call);
        self.log_pool();
        ranked
    }
}

/// The rows that a search may return.
fn searched_rows(snapshot: &Snapshot, query: &Query, call: &CallOptions) -> Result<Bitmap> {
    let engaged = engaged(snapshot, &query.profile, call)?;
    permitted_rows(&snapshot.catalogue, &engaged, query, query.watched == Watched::Exclude, call)
}

fn does_not_open(encoder: &Encoder, error: &Error) -> bool {
    encoder.status() != Status::Ok && error.status == encoder.status()
}
