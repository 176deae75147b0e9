// Engine::watch_next: what a profile is in the middle of.
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "test.hpp"

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using test::video;
using vrec::EventKind;

namespace {

vrec::Video episode(std::uint32_t number) {
    vrec::Video one = video("e" + std::to_string(number), {1, static_cast<float>(number), 0});
    one.kind = vrec::Kind::episode;
    one.series_id = "s";
    one.season_number = 1;
    one.episode_number = number;
    one.duration = hours(1);
    one.credits_start = minutes(50);
    return one;
}

const std::chrono::system_clock::time_point seen_at{milliseconds(1700000000000)};

void watch(vrec::Engine& engine, EventKind kind, std::string id, milliseconds position) {
    vrec::Event event{kind, std::move(id)};
    event.position = position;
    event.time = seen_at;
    engine.record(event);
}

vrec::Query now() {
    vrec::Query query;
    query.now = seen_at + hours(24);
    return query;
}

}  // namespace

TEST("what is next follows what was watched") {
    vrec::Engine engine;
    vrec::Video film = video("film", {1, 0, 0});
    film.kind = vrec::Kind::movie;
    film.duration = hours(2);
    engine.add_videos({film, episode(1), episode(2)});
    EQUAL(engine.watch_next(now()).size(), 0U);

    watch(engine, EventKind::stop, "film", minutes(10));
    watch(engine, EventKind::stop, "e1", minutes(50));
    std::vector<vrec::WatchCard> cards = engine.watch_next(now());
    EQUAL(cards.size(), 2U);
    EQUAL(cards[0].id, "e2");
    EQUAL(cards[0].kind == vrec::WatchCardKind::next, true);
    EQUAL(cards[0].series_id, "s");
    EQUAL(cards[0].season_number, 1U);
    EQUAL(cards[0].episode_number, 2U);
    EQUAL(cards[0].position.count(), 0);
    EQUAL(cards[0].duration == hours(1), true);
    EQUAL(cards[0].engaged.count(), 1700000000000);
    EQUAL(cards[1].id, "film");
    EQUAL(cards[1].kind == vrec::WatchCardKind::continued, true);
    EQUAL(cards[1].position == minutes(10), true);
    EQUAL(cards[1].duration == hours(2), true);
    EQUAL(cards[1].series_id, "");

    watch(engine, EventKind::complete, "e2", milliseconds(0));
    engine.add_video(episode(3));
    EQUAL(engine.watch_next(now())[0].kind == vrec::WatchCardKind::new_episode, true);
    watch(engine, EventKind::unwatch, "e2", milliseconds(0));
    EQUAL(engine.watch_next(now())[0].id, "e2");
    vrec::Query films = now();
    films.filter.emplace().kinds = {vrec::Kind::movie};
    EQUAL(engine.watch_next(films)[0].id, "film");
    THROWS(invalid_argument, "now_utc_ms", engine.watch_next({}));
}

TEST("thresholds of watching are options") {
    vrec::Options options;
    options.episode_started = minutes(1);
    options.finished_share = 0.5F;
    vrec::Engine engine(options);
    engine.add_videos({episode(1), episode(2)});
    watch(engine, EventKind::stop, "e1", minutes(1));
    EQUAL(engine.watch_next(now()).size(), 0U);
    watch(engine, EventKind::stop, "e1", minutes(1) + milliseconds(1));
    EQUAL(engine.watch_next(now())[0].id, "e1");
    watch(engine, EventKind::stop, "e1", minutes(30));
    EQUAL(engine.watch_next(now())[0].id, "e2");
    options.finished_share = 2;
    THROWS(invalid_argument, "finished_share", vrec::Engine{options});
    vrec::Video wrong = episode(4);
    wrong.credits_start = hours(2);
    THROWS(invalid_argument, "credits_start_ms", engine.add_video(wrong));
}
