// Engine::nearest: lists near vectors that the program brings.
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "test.hpp"

using test::video;

namespace {

// Two directions, two videos near each; one of all is a film.
vrec::Engine two_topics() {
    vrec::Engine engine;
    vrec::Video film = video("dog-2", {0.1F, 0.9F, 0});
    film.kind = vrec::Kind::movie;
    engine.add_videos({video("cat-1", {1, 0, 0}), video("cat-2", {0.9F, 0.1F, 0}), video("dog-1", {0, 1, 0}), film});
    return engine;
}

// One of each direction.
vrec::VectorQuery both_topics() {
    vrec::VectorQuery query;
    query.vectors = {{1, 0, 0}, {0, 3, 0.3F}};
    return query;
}

// The ids of all lists, separated by spaces, lists by bars.
std::string ids(const vrec::Neighbours& neighbours) {
    std::string ids;
    bool first_list = true;
    for (const vrec::NeighbourList list : neighbours) {
        ids.append(std::exchange(first_list, false) ? "" : "|");
        bool first = true;
        for (const vrec::Neighbour neighbour : list) {
            ids.append(std::exchange(first, false) ? "" : " ").append(neighbour.id);
        }
    }
    return ids;
}

// The number of results of all lists.
std::size_t results_of(const vrec::Neighbours& neighbours) { return neighbours.columns().count; }

// Vectors without a pattern.
std::vector<std::vector<float>> vectors(std::size_t count, std::size_t length, std::uint64_t seed) {
    std::vector<std::vector<float>> vectors(count, std::vector<float>(length));
    for (std::vector<float>& vector : vectors) {
        for (float& element : vector) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            element = static_cast<float>(seed >> 40) / 16777216.0F - 0.5F;
        }
    }
    return vectors;
}

vrec::Neighbours nearest_of_many(const vrec::Options& options) {
    vrec::Engine engine(options);
    std::vector<vrec::Video> videos;
    for (std::vector<float>& vector : vectors(500, 70, 1)) {
        videos.push_back(video("v" + std::to_string(videos.size()), std::move(vector)));
    }
    engine.add_videos(videos);
    vrec::VectorQuery query;
    query.vectors = vectors(40, 70, 77);
    return engine.nearest(query);
}

}  // namespace

TEST("each vector has its list") {
    const vrec::Engine engine = two_topics();
    vrec::VectorQuery query = both_topics();
    EQUAL(ids(engine.nearest(query)), "cat-1 cat-2 dog-2 dog-1|dog-1 dog-2 cat-2 cat-1");
    query.limit = 3;
    EQUAL(ids(engine.nearest(query)), "cat-1 cat-2 dog-2|dog-1 dog-2 cat-2");
    query.min_score = 0.9F;
    EQUAL(ids(engine.nearest(query)), "cat-1 cat-2|dog-1 dog-2");
    query.min_score = 0;
    query.filter.emplace().kinds = {vrec::Kind::movie};
    EQUAL(ids(engine.nearest(query)), "dog-2|dog-2");
    query.filter->viewer_age = 3;
    EQUAL(ids(engine.nearest(query)), "|");
    EQUAL(ids(vrec::Engine().nearest(query)), "|");
}

TEST("several vectors may share a list") {
    const vrec::Engine engine = two_topics();
    vrec::VectorQuery query = both_topics();
    query.fusion = vrec::Fusion::max;
    EQUAL(ids(engine.nearest(query)), "cat-1 dog-1 cat-2 dog-2");
    query.fusion = vrec::Fusion::weighted;
    EQUAL(ids(engine.nearest(query)), "cat-2 dog-2 cat-1 dog-1");
    query.weights = {0, -1};
    EQUAL(ids(engine.nearest(query)), "cat-1 cat-2 dog-2 dog-1");
}

TEST("neighbours can be walked and indexed, and outlive their engine and a move") {
    auto engine = std::make_unique<vrec::Engine>(two_topics());
    vrec::Neighbours first = engine->nearest(both_topics());
    engine.reset();
    const vrec::Neighbour kept = first[1][0];
    EQUAL(kept.id, "dog-1");
    CHECK(std::abs(kept.score - 1 / std::sqrt(1.01F)) < 1e-6F);
    vrec::Neighbours second = std::move(first);
    EQUAL(kept.id, "dog-1");
    CHECK(first.empty() && first.begin() == first.end() && first.columns().ids == nullptr);

    CHECK(second.size() == 2 && !second.empty() && second.end() - second.begin() == 2);
    EQUAL(second.begin()->at(3).id, "dog-1");
    EQUAL((second.begin() + 1)->begin()[1].id, "dog-2");
    EQUAL((second[1].end() - 1)->id, "cat-1");
    CHECK(second[1].size() == 4 && !second[1].empty());
    const auto out_of_range = [](auto&& at) {
        try {
            at();
        } catch (const std::out_of_range&) {
            return true;
        }
        return false;
    };
    CHECK(out_of_range([&] { second.at(2); }));
    CHECK(out_of_range([&] { second.at(1).at(4); }));
    vrec::Neighbours third = vrec::Engine().nearest(both_topics());
    CHECK(third.at(1).empty() && third[1].begin() == third[1].end());
    third = std::move(second);
    EQUAL(third[0][0].id, "cat-1");
    CHECK(second.empty() && third.columns().count == 8);
}

TEST("what cannot be searched with is refused, and the message names the vector") {
    const vrec::Engine engine = two_topics();
    const auto ask = [&](auto change) {
        vrec::VectorQuery query = both_topics();
        change(query);
        engine.nearest(query);
    };
    const float infinity = std::numeric_limits<float>::infinity();
    const float denormal = std::numeric_limits<float>::denorm_min();
    for (const float element : {0.0F, std::nanf(""), infinity, -infinity, denormal}) {
        THROWS(invalid_argument, "vectors[1]", ask([&](auto& query) { query.vectors[1] = {element, 0, 0}; }));
    }
    THROWS(invalid_argument, "vectors[1]: the vector has 2 elements, vectors[0] has 3",
           ask([](auto& query) { query.vectors[1] = {1, 0}; }));
    THROWS(invalid_argument, "vectors[1]", ask([](auto& query) { query.vectors[1].clear(); }));
    THROWS(invalid_argument, "vectors[0]", ask([](auto& query) { query.vectors = {{1, 0}, {0, 1}}; }));
    THROWS(invalid_argument, "vectors", ask([](auto& query) { query.vectors.clear(); }));
    THROWS(limit, "1024", ask([](auto& query) { query.vectors.assign(1025, {1, 0, 0}); }));
    THROWS(limit, "64", ask([](auto& query) {
               query.vectors.assign(65, {1, 0, 0});
               query.fusion = vrec::Fusion::max;
           }));
    THROWS(limit, "10001", ask([](auto& query) { query.limit = 10001; }));
    THROWS(invalid_argument, "fusion 3", ask([](auto& query) { query.fusion = static_cast<vrec::Fusion>(3); }));
    THROWS(invalid_argument, "centring 2", ask([](auto& query) { query.centring = static_cast<vrec::Centring>(2); }));
    THROWS(invalid_argument, "min_score", ask([](auto& query) { query.min_score = std::nanf(""); }));
    THROWS(utf8, "language", ask([](auto& query) { query.language = "\x80"; }));
    THROWS(invalid_argument, "filter", ask([](auto& query) { query.filter.emplace().kinds = {vrec::Kind::unknown}; }));

    THROWS(invalid_argument, "weights", ask([](auto& query) { query.weights = {1, 1}; }));
    const auto weigh = [&](std::vector<float> weights) {
        ask([&](auto& query) {
            query.fusion = vrec::Fusion::weighted;
            query.weights = weights;
        });
    };
    THROWS(invalid_argument, "1 weights for 2 vectors", weigh({1}));
    THROWS(invalid_argument, "3 weights for 2 vectors", weigh({1, 1, 1}));
    THROWS(invalid_argument, "weights[1]", weigh({1, 1001}));
    THROWS(invalid_argument, "weights", weigh({0, 0}));

    const vrec::CancelToken token;
    token.cancel();
    vrec::CallOptions call;
    call.cancel = &token;
    THROWS(cancelled, "", engine.nearest(both_topics(), call));
}

TEST("inner products keep the lengths of vectors") {
    vrec::Options options;
    options.metric = vrec::Metric::dot;
    vrec::Engine engine(options);
    engine.add_videos({video("near", {1, 0}), video("far", {3, 4})});
    vrec::VectorQuery query;
    query.vectors = {{2, 0}};
    const vrec::Neighbours neighbours = engine.nearest(query);
    EQUAL(ids(neighbours), "far near");
    EQUAL(neighbours[0][0].score, 6.0F);
    EQUAL(neighbours[0][1].score, 2.0F);
    query.min_score = 3;
    EQUAL(ids(engine.nearest(query)), "far");
    THROWS(invalid_argument, "long", engine.add_video(video("huge", {1e30F, 0})));
}

TEST("lists are the same with every instruction set") {
    vrec::Options options;
    const vrec::Neighbours expected = nearest_of_many(options);
    EQUAL(results_of(expected), 400U);
    CHECK(vrec::Engine().statistics().instruction_set != vrec::InstructionSet::by_default);
    options.instruction_set = vrec::InstructionSet::scalar;
    CHECK(vrec::Engine(options).statistics().instruction_set == vrec::InstructionSet::scalar);
    const vrec::Neighbours found = nearest_of_many(options);
    EQUAL(ids(found), ids(expected));
    for (std::size_t index = 0; index < results_of(expected); ++index) {
        EQUAL(found.columns().scores[index], expected.columns().scores[index]);
    }
}

TEST("fewer exact values cost little of a score") {
    vrec::Options options;
    const vrec::Neighbours expected = nearest_of_many(options);
    for (const auto& [values, error] :
         {std::pair(vrec::ExactValues::float16, 0.0005F), std::pair(vrec::ExactValues::none, 0.01F)}) {
        options.exact_values = values;
        const vrec::Neighbours found = nearest_of_many(options);
        EQUAL(results_of(found), results_of(expected));
        for (std::size_t index = 0; index < results_of(expected); ++index) {
            CHECK(std::abs(found.columns().scores[index] - expected.columns().scores[index]) < error);
        }
    }
}

TEST("the mean is subtracted where that is asked for") {
    const auto engine_with = [](bool centre_vectors) {
        vrec::Options options;
        options.centre_vectors = centre_vectors;
        options.sign_stage = true;
        vrec::Engine engine(options);
        std::vector<vrec::Video> videos;
        for (int number = 0; number < 400; ++number) {
            const auto amount = static_cast<float>(number);
            videos.push_back(video(std::to_string(number), {10, number % 2 != 0 ? 1.0F : -1.0F, 0.01F * amount}));
        }
        engine.add_videos(videos);
        EQUAL(engine.statistics().sign_stage_divisor, 0U);
        return engine;
    };
    vrec::VectorQuery query;
    query.vectors = {{10, 1, 2}};
    query.limit = 400;
    query.min_score = 0.5F;
    EQUAL(results_of(engine_with(false).nearest(query)), 400U);
    const vrec::Engine centred = engine_with(true);
    const std::size_t found = results_of(centred.nearest(query));
    CHECK(found >= 20 && found <= 220);
    query.centring = vrec::Centring::none;
    EQUAL(results_of(centred.nearest(query)), 0U);
}

TEST("options of the search out of their range are refused") {
    const auto make = [](auto change) {
        vrec::Options options;
        change(options);
        vrec::Engine engine(options);
    };
    THROWS(invalid_argument, "instruction_set",
           make([](auto& options) { options.instruction_set = static_cast<vrec::InstructionSet>(99); }));
    THROWS(invalid_argument, "exact_values",
           make([](auto& options) { options.exact_values = static_cast<vrec::ExactValues>(9); }));
    THROWS(invalid_argument, "metric", make([](auto& options) { options.metric = static_cast<vrec::Metric>(9); }));
    THROWS(invalid_argument, "centre_vectors", make([](auto& options) {
               options.metric = vrec::Metric::dot;
               options.centre_vectors = true;
           }));
}
