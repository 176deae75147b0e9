// Engine::home: titled rows.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "test.hpp"

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using test::video;
using vrec::EventKind;
using vrec::RowKind;

namespace {

const std::chrono::system_clock::time_point seen_at{milliseconds(1700000000000)};

vrec::Video film(std::string id, float angle) {
    vrec::Video one = video(std::move(id), {1, angle, 0});
    one.kind = vrec::Kind::movie;
    one.title = "Film " + one.id;
    one.duration = hours(2);
    return one;
}

void watch(vrec::Engine& engine, EventKind kind, std::string id, milliseconds position) {
    vrec::Event event{kind, std::move(id)};
    event.position = position;
    event.time = seen_at;
    engine.record(event);
}

vrec::HomeQuery now() {
    vrec::HomeQuery query;
    query.query.now = seen_at + hours(24);
    return query;
}

vrec::Engine house() {
    vrec::Engine engine;
    vrec::Video episode = film("e1", 3);
    episode.kind = vrec::Kind::episode;
    episode.series_id = "s";
    episode.season_number = 1;
    episode.episode_number = 1;
    vrec::Video second = episode;
    second.id = "e2";
    second.episode_number = 2;
    engine.add_videos({film("a", 0.1F), film("b", 0.2F), film("c", 4), episode, second});
    watch(engine, EventKind::complete, "e1", milliseconds(0));
    watch(engine, EventKind::stop, "c", minutes(10));
    watch(engine, EventKind::complete, "a", milliseconds(0));
    return engine;
}

}  // namespace

TEST("a home screen has titled rows, and outlives its engine") {
    vrec::HomeScreen moved = [] { return house().home(now()); }();
    const vrec::HomeScreen screen = std::move(moved);
    EQUAL(screen.rows().size(), 3U);
    const vrec::HomeRow& going_on = screen.rows()[0];
    EQUAL(going_on.kind == RowKind::continue_watching, true);
    EQUAL(going_on.chinese_title, "继续观看");
    EQUAL(going_on.items.size(), 1U);
    EQUAL(going_on.items[0].recommendation.id, "c");
    EQUAL(going_on.items[0].card == vrec::WatchCardKind::continued, true);
    EQUAL(going_on.items[0].position == minutes(10), true);
    EQUAL(going_on.items[0].kind == vrec::Kind::movie, true);
    const vrec::HomeItem& next = screen.rows()[1].items.at(0);
    EQUAL(next.recommendation.title, "Film e1");
    EQUAL(next.series_id, "s");
    EQUAL(next.episode_number, 2U);
    const vrec::HomeRow& because = screen.rows()[2];
    EQUAL(because.title_key, "because_you_watched");
    EQUAL(because.english_title, "Because you watched “Film a”");
    EQUAL(because.seed_id, "a");
    EQUAL(because.items.at(0).recommendation.id, "b");
    EQUAL(because.items.at(0).card.has_value(), false);
    const std::vector<vrec::Reason> reasons = screen.reasons(2, 0);
    EQUAL(reasons.at(0).kind == vrec::ReasonKind::similar, true);
    EQUAL(screen.reasons(0, 0).at(0).kind == vrec::ReasonKind::continued, true);
}

TEST("rules count in the rows of a home screen, and cards name what comes before them") {
    const vrec::Engine engine = house();
    vrec::HomeQuery query = now();
    query.rows = {{RowKind::next_up, 0, ""}};
    EQUAL(engine.home(query).reasons(0, 0).at(0).english, "The next one after “Film e1”");
    query.rows = {{RowKind::more_like_this, 0, "c"}};
    const vrec::HomeScreen plain = engine.home(query);
    EQUAL(plain.rows()[0].items.at(0).recommendation.id, "e2");
    vrec::Rule rule;
    rule.action = vrec::RuleAction::boost;
    rule.id = "e2";
    query.query.rules = {rule};
    const vrec::HomeScreen boosted = engine.home(query);
    EQUAL(boosted.rows()[0].items.at(0).recommendation.score > plain.rows()[0].items.at(0).recommendation.score, true);
}

TEST("a home screen has the rows that are asked for") {
    const vrec::Engine engine = house();
    vrec::HomeQuery query = now();
    query.rows = {{RowKind::more_like_this, 0, "c"}, {RowKind::explore, 1, ""}};
    const vrec::HomeScreen screen = engine.home(query);
    EQUAL(screen.rows().size(), 2U);
    EQUAL(screen.rows()[0].seed_title, "Film c");
    EQUAL(screen.rows()[0].items.at(0).recommendation.id, "e2");
    EQUAL(screen.rows()[1].items.size(), 1U);
    query.rows[0].seed_id = "nobody";
    THROWS(not_found, "rows[0]", engine.home(query));
    query.rows.clear();
    query.row_size = 41;
    THROWS(limit, "row_size", engine.home(query));
    THROWS(invalid_argument, "now_utc_ms", engine.home(vrec::HomeQuery{}));
}
