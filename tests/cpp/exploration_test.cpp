// Places of a list that explore, with their probabilities.
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "test.hpp"

using test::video;
using vrec::EventKind;

namespace {

constexpr int videos = 60;

void fill(vrec::Engine& engine) {
    std::vector<vrec::Video> around;
    for (int number = 0; number < videos; ++number) {
        const double angle = number * 2 * 3.14159265358979 / videos;
        around.push_back(video("v" + std::to_string(number),
                               {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)), 0}));
    }
    engine.add_videos(around);
    engine.record(vrec::Event{EventKind::complete, "v0"});
}

vrec::Query exploring(std::uint64_t seed) {
    vrec::Query query;
    query.ranking = vrec::Ranking::blend;
    query.exploration_method = vrec::ExplorationMethod::thompson;
    query.exploration_slots = 3;
    query.exploration_seed = seed;
    return query;
}

}  // namespace

TEST("places explore with a probability that is recorded with the showing") {
    vrec::Engine engine;
    fill(engine);
    int explored = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const vrec::Results list = engine.recommend(exploring(seed));
        EQUAL(test::ids(list), test::ids(engine.recommend(exploring(seed))));
        EQUAL(list.size(), 10U);
        std::vector<vrec::Event> shown;
        for (std::size_t place = 0; place < list.size(); ++place) {
            const vrec::Recommendation item = list[place];
            CHECK(item.propensity > 0 && item.propensity <= 1);
            CHECK(item.propensity == 1 || place % 3 == 0);
            explored += item.propensity < 1 ? 1 : 0;
            vrec::Event showing{EventKind::impression, std::string(item.id)};
            showing.propensity = item.propensity;
            shown.push_back(showing);
        }
        engine.record_batch(shown);
        engine.record(vrec::Event{EventKind::select, shown[3].video_id});
    }
    CHECK(explored > 10);
}

TEST("a home screen explores") {
    vrec::Engine engine;
    fill(engine);
    int explored = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        vrec::HomeQuery query;
        query.query = exploring(seed);
        query.query.now = std::chrono::system_clock::time_point(std::chrono::milliseconds(1700000000000));
        query.rows = {{vrec::RowKind::for_you, 10, ""}};
        const vrec::HomeScreen screen = engine.home(query);
        const std::vector<vrec::HomeItem>& items = screen.rows()[0].items;
        EQUAL(items.size(), 10U);
        for (std::size_t place = 0; place < items.size(); ++place) {
            const float propensity = items[place].recommendation.propensity;
            CHECK(propensity > 0 && (propensity == 1 || (propensity < 1 && place % 3 == 0)));
            explored += propensity < 1 ? 1 : 0;
        }
    }
    CHECK(explored > 10);
}

TEST("explorations out of range are refused") {
    vrec::Engine engine;
    fill(engine);
    vrec::Query query = exploring(0);
    query.exploration_slots = 17;
    THROWS(limit, "exploration_slots", engine.recommend(query));
    query = exploring(0);
    query.exploration_budget = 2;
    THROWS(invalid_argument, "exploration_budget", engine.recommend(query));
    query = exploring(0);
    query.ranking = vrec::Ranking::taste;
    THROWS(invalid_argument, "exploration_method", engine.recommend(query));
    vrec::Event showing{EventKind::impression, "v1"};
    showing.propensity = 1.5F;
    THROWS(invalid_argument, "propensity", engine.record(showing));
}
