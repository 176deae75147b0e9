// What viewers say of suggestions, and what the owner of a service wants of them.
#include <chrono>
#include <string>
#include <vector>

#include "test.hpp"

using std::chrono::hours;
using std::chrono::milliseconds;
using test::video;
using vrec::EventKind;

namespace {

const std::chrono::system_clock::time_point today{milliseconds(1700000000000)};

void tell(vrec::Engine& engine, EventKind kind, const std::string& id) {
    vrec::Event event{kind, id};
    event.time = today;
    engine.record(event);
}

void fill(vrec::Engine& engine) {
    vrec::Video episode = video("episode", {1, 0.05F, 0});
    episode.series_id = "series";
    engine.add_videos({video("seen", {1, 0, 0}), episode, video("near", {1, 0.3F, 0}), video("far", {0, 1, 0}),
                       video("farther", {-1, 0.2F, 0})});
    tell(engine, EventKind::complete, "seen");
}

vrec::Query now() {
    vrec::Query query;
    query.now = today;
    return query;
}

std::string listed(const vrec::Engine& engine, const vrec::Query& query) { return test::ids(engine.recommend(query)); }

}  // namespace

TEST("a hidden series and a snoozed video are in no list") {
    vrec::Engine engine;
    fill(engine);
    EQUAL(listed(engine, now()), "episode near far farther");
    tell(engine, EventKind::hide_series, "episode");
    vrec::Event snooze{EventKind::snooze, "far"};
    snooze.time = today;
    snooze.until = today + hours(24);
    engine.record(snooze);
    EQUAL(listed(engine, now()), "near farther");
    vrec::Query tomorrow = now();
    tomorrow.now = today + hours(24);
    EQUAL(listed(engine, tomorrow), "near far farther");
    tell(engine, EventKind::unhide_series, "episode");
    EQUAL(listed(engine, tomorrow), "episode near far farther");
    snooze.until.reset();
    THROWS(invalid_argument, "until_utc_ms", engine.record(snooze));
    THROWS(invalid_argument, "belongs to no series", tell(engine, EventKind::hide_series, "near"));
}

TEST("a hidden seed inspires nothing") {
    vrec::Engine engine;
    fill(engine);
    tell(engine, EventKind::hide_seed, "seen");
    EQUAL(listed(engine, now()), "");
    tell(engine, EventKind::unhide_seed, "seen");
    EQUAL(listed(engine, now()), "episode near far farther");
}

TEST("what is shown again and again sinks") {
    vrec::Engine engine;
    fill(engine);
    for (int time = 0; time < 5; ++time) {
        tell(engine, EventKind::impression, "episode");
    }
    EQUAL(listed(engine, now()), "near episode far farther");
    vrec::Query query = now();
    query.impression_strength = -1;
    EQUAL(listed(engine, query), "episode near far farther");
    query.impression_strength = 0;
    query.impression_half_life = hours(1);
    query.now = today + hours(24);
    EQUAL(listed(engine, query), "episode near far farther");
}

TEST("rules pin, boost and bury, and rotation repeats itself") {
    vrec::Engine engine;
    fill(engine);
    vrec::Query query = now();
    query.rules = {{vrec::RuleAction::pin, vrec::RuleTarget::video, "farther", 0, 1},
                   {vrec::RuleAction::bury, vrec::RuleTarget::series, "series", 5, 0},
                   {vrec::RuleAction::boost, vrec::RuleTarget::tag, "no such tag"}};
    query.rule_budget = 4;
    EQUAL(listed(engine, query), "farther near far episode");
    query.rotation_seed = 20410;
    EQUAL(listed(engine, query), listed(engine, query));
    query.rules[1].position = 2;
    THROWS(invalid_argument, "rules[1]: position is 2", engine.recommend(query));
}
