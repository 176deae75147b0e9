// Everything that needs no model: videos bring their vectors.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "test.hpp"

using std::chrono::milliseconds;
using test::ids;
using test::video;
using vrec::EventKind;

namespace {

// Two directions, two videos near each.
vrec::Engine two_topics() {
    vrec::Engine engine;
    engine.add_videos({video("cat-1", {1, 0, 0}), video("cat-2", {0.9F, 0.1F, 0}), video("dog-1", {0, 1, 0}),
                       video("dog-2", {0.1F, 0.9F, 0})});
    return engine;
}

vrec::Query include_watched() {
    vrec::Query query;
    query.watched = vrec::Watched::include;
    return query;
}

}  // namespace

TEST("videos are added, replaced and removed") {
    vrec::Engine engine;
    EQUAL(engine.count(), 0U);
    EQUAL(engine.dimensions(), 0U);
    engine.add_video(video("a", {1, 0}));
    EQUAL(engine.dimensions(), 2U);
    engine.add_videos({video("b", {0, 1}), video("c", {1, 1})});
    EQUAL(engine.count(), 3U);

    vrec::Video again = video("b", {1, 0.1F});
    again.title = "第二版";
    engine.add_video(again);
    EQUAL(engine.count(), 3U);
    const vrec::Results results = engine.similar("a");
    EQUAL(ids(results), "b c");
    EQUAL(results[0].title, "第二版");
    EQUAL(results[0].because_id, "a");
    CHECK(results[0].matched_field == vrec::Field::none && results[0].matched_text.empty());
    CHECK(results[0].score > 0.99F && results[0].score <= 1.0F);

    engine.remove_video("b");
    EQUAL(ids(engine.similar("a")), "c");
    engine.remove_videos(std::vector<std::string>{"a", "c"});
    EQUAL(engine.count(), 0U);
}

TEST("batches are taken whole or not at all, and the message names the element") {
    vrec::Engine engine = two_topics();
    THROWS(invalid_argument, "videos[1]", engine.add_videos({video("new", {1, 0, 0}), video("", {1, 0, 0})}));
    THROWS(invalid_argument, "twice", engine.add_videos({video("new", {1, 0, 0}), video("new", {1, 0, 0})}));
    THROWS(not_found, "ids[1]", engine.remove_videos({"cat-1", "nobody"}));
    THROWS(not_found, "ids[1]", engine.remove_videos({"cat-1", "cat-1"}));
    EQUAL(engine.count(), 4U);
    THROWS(not_found, "events[1]", engine.record_batch({{EventKind::like, "cat-1"}, {EventKind::like, "nobody"}}));
    EQUAL(engine.statistics().events, 0U);
    CHECK(engine.recommend().empty());

    engine.add_videos({});
    engine.remove_videos(std::vector<std::string>{});
    engine.record_batch({});
    EQUAL(engine.count(), 4U);
}

TEST("vectors that cannot be used are refused") {
    vrec::Engine engine = two_topics();
    const float infinity = std::numeric_limits<float>::infinity();
    THROWS(invalid_argument, "not a finite number", engine.add_video(video("v", {1, std::nanf(""), 0})));
    THROWS(invalid_argument, "element 2", engine.add_video(video("v", {1, 0, -infinity})));
    THROWS(invalid_argument, "2 elements", engine.add_video(video("v", {1, 0})));
    THROWS(invalid_argument, "zero", engine.add_video(video("v", {0, 0, 0})));
    THROWS(limit, "8192", engine.add_video(video("v", std::vector<float>(8193, 1.0F))));
    EQUAL(engine.count(), 4U);
}

TEST("texts that are not UTF-8 are refused, naming the byte") {
    vrec::Engine engine = two_topics();
    vrec::Video broken = video("v", {1, 0, 0});
    broken.title = "ab\xff";
    THROWS(utf8, "title is not UTF-8 from byte 2", engine.add_video(broken));
    broken = video("v", {1, 0, 0});
    broken.tags = {"fine", "\xc3"};
    THROWS(utf8, "tags[1]", engine.add_video(broken));
    broken.tags.clear();
    broken.comments = {"\xe4\xba"};
    THROWS(utf8, "comments[0]", engine.add_video(broken));
    THROWS(utf8, "ids[0]", engine.remove_video("\x80"));
    THROWS(utf8, "video_id", engine.record({EventKind::like, "\x80"}));
    THROWS(utf8, "profile", engine.record({EventKind::like, "cat-1", "\x80"}));
    THROWS(utf8, "video_id", engine.similar("\x80"));
    vrec::Query query;
    query.exclude = {"a", "\x80"};
    THROWS(utf8, "exclude[1]", engine.recommend(query));
    EQUAL(engine.count(), 4U);
}

TEST("ids and texts keep to their limits") {
    vrec::Engine engine;
    THROWS(limit, "255", engine.add_video(video(std::string(256, 'x'), {1})));
    THROWS(invalid_argument, "NUL", engine.add_video(video(std::string("a\0b", 3), {1})));
    vrec::Video full = video(std::string(255, 'x'), {1});
    full.title.assign(4096, 't');
    full.description.assign(65536, 'd');
    full.tags.assign(256, "tag");
    full.comments.assign(256, "comment");
    full.language = "zh-CN";
    engine.add_video(full);
    full.title += 't';
    THROWS(limit, "4096", engine.add_video(full));
    full.title.clear();
    full.tags.emplace_back("one more");
    THROWS(limit, "256", engine.add_video(full));
    EQUAL(engine.count(), 1U);
}

TEST("every kind of event is taken, and the marked ones have their effect") {
    vrec::Engine engine = two_topics();
    vrec::Video episode = video("episode", {0, 1, 0});
    episode.series_id = "series";
    engine.add_video(episode);
    for (int kind = VREC_EVENT_IMPRESSION; kind <= VREC_EVENT_SNOOZE; ++kind) {
        vrec::Event event{static_cast<EventKind>(kind), "episode", "everyone"};
        event.rating = event.kind == EventKind::rate ? 5.0F : 0.0F;
        if (event.kind == EventKind::search) {
            event.video_id.clear();
        }
        if (event.kind == EventKind::snooze) {
            event.until = event.time + milliseconds(1);
        }
        event.position = milliseconds(1000);
        event.duration = milliseconds(60000);
        engine.record(event);
    }
    engine.remove_videos({"episode"});
    EQUAL(engine.statistics().events, 25U);
    EQUAL(engine.statistics().profiles, 1U);

    engine.record({EventKind::like, "cat-1"});
    EQUAL(ids(engine.recommend()), "cat-1 cat-2 dog-2 dog-1");
    engine.record({EventKind::complete, "cat-1"});
    EQUAL(ids(engine.recommend()), "cat-2 dog-2 dog-1");
    engine.record({EventKind::hide, "cat-2"});
    EQUAL(ids(engine.recommend(include_watched())), "cat-1 dog-2 dog-1");
    engine.record({EventKind::unhide, "cat-2"});
    EQUAL(ids(engine.recommend(include_watched())), "cat-1 cat-2 dog-2 dog-1");
    engine.record({EventKind::dislike, "dog-1"});
    const vrec::Results results = engine.recommend();
    EQUAL(ids(results), "cat-2 dog-2 dog-1");
    CHECK(results[2].score < 0);
}

TEST("how far a video was played decides whether it counts as watched") {
    vrec::Engine engine = two_topics();
    vrec::Event event{EventKind::stop, "cat-1"};
    event.position = milliseconds(18000);
    event.duration = std::chrono::minutes(10);
    engine.record(event);
    EQUAL(engine.recommend()[0].id, "cat-1");
    event.position += milliseconds(1);
    engine.record(event);
    EQUAL(engine.recommend()[0].id, "cat-2");
}

TEST("events out of their range are refused") {
    vrec::Engine engine = two_topics();
    vrec::Event event{EventKind::play, "cat-1"};
    THROWS(invalid_argument, "kind 0", engine.record({EventKind{}, "cat-1"}));
    THROWS(invalid_argument, "kind 99", engine.record({static_cast<EventKind>(99), "cat-1"}));
    THROWS(invalid_argument, "kind -1", engine.record({static_cast<EventKind>(-1), "cat-1"}));
    THROWS(not_found, "nobody", engine.record({EventKind::play, "nobody"}));
    THROWS(invalid_argument, "video_id", engine.record({EventKind::play, ""}));
    THROWS(invalid_argument, "video_id", engine.record({EventKind::search, "cat-1"}));
    event.position = milliseconds(-1);
    THROWS(invalid_argument, "position_ms is -1", engine.record(event));
    event.position = milliseconds(0);
    event.duration = milliseconds(-2);
    THROWS(invalid_argument, "duration_ms is -2", engine.record(event));
    event.duration = milliseconds(0);
    event.rating = 3;
    THROWS(invalid_argument, "rating is 3", engine.record(event));
    event.kind = EventKind::rate;
    event.rating = 5.5F;
    THROWS(invalid_argument, "rating is 5.5", engine.record(event));
    event.rating = std::nanf("");
    THROWS(invalid_argument, "rating is NaN", engine.record(event));
    EQUAL(engine.statistics().events, 0U);
}

TEST("an event's time may be before 1970") {
    vrec::Engine engine = two_topics();
    vrec::Event event{EventKind::like, "cat-1"};
    CHECK(event.time > std::chrono::system_clock::now() - std::chrono::minutes(1));
    event.time = std::chrono::system_clock::time_point(std::chrono::microseconds(-1));
    EQUAL(vrec::detail::raw_event(event).time_utc_ms, -1);
    engine.record(event);
    EQUAL(engine.statistics().events, 1U);
}

TEST("recommendations name what they are because of") {
    vrec::Engine engine = two_topics();
    engine.record_batch({{EventKind::complete, "cat-1"}, {EventKind::like, "cat-1"}});
    const vrec::Results results = engine.recommend();
    EQUAL(ids(results), "cat-2 dog-2 dog-1");
    for (const vrec::Recommendation item : results) {
        EQUAL(item.because_id, "cat-1");
        EQUAL(item.title, "title of " + std::string(item.id));
    }
    CHECK(results[0].score > results[1].score && results[1].score > results[2].score);
    CHECK(std::abs(results[0].score - 0.9F / std::sqrt(0.82F)) < 1e-5F);
}

TEST("profiles are kept apart, and the empty name is the profile named default") {
    vrec::Engine engine = two_topics();
    engine.record({EventKind::complete, "cat-1"});
    engine.record({EventKind::complete, "dog-1", "孩子"});
    vrec::Query query;
    EQUAL(engine.recommend(query)[0].id, "cat-2");
    query.profile = "default";
    EQUAL(engine.recommend(query)[0].id, "cat-2");
    query.profile = "孩子";
    EQUAL(engine.recommend(query)[0].id, "dog-2");
    query.profile = "stranger";
    CHECK(engine.recommend(query).empty());
    EQUAL(engine.statistics().profiles, 2U);
}

TEST("a query bounds its list") {
    vrec::Engine engine = two_topics();
    engine.record({EventKind::complete, "cat-1"});
    vrec::Query query;
    query.limit = 1;
    EQUAL(ids(engine.recommend(query)), "cat-2");
    query = {};
    query.exclude = {"cat-2", "unknown", ""};
    EQUAL(ids(engine.recommend(query)), "dog-2 dog-1");
    query = {};
    query.min_score = 0.05F;
    EQUAL(ids(engine.recommend(query)), "cat-2 dog-2");
    EQUAL(ids(engine.recommend(include_watched())), "cat-1 cat-2 dog-2 dog-1");
    EQUAL(ids(engine.similar("dog-1")), "dog-2 cat-2 cat-1");
    query = {};
    query.watched = vrec::Watched::exclude;
    EQUAL(ids(engine.similar("dog-1", query)), "dog-2 cat-2");
}

TEST("queries out of their range are refused") {
    vrec::Engine engine = two_topics();
    vrec::Query query;
    query.limit = 10001;
    THROWS(limit, "10001", engine.recommend(query));
    query = {};
    query.min_score = std::nanf("");
    THROWS(invalid_argument, "min_score is NaN", engine.recommend(query));
    query.min_score = 1.5F;
    THROWS(invalid_argument, "min_score is 1.5", engine.similar("cat-1", query));
    query = {};
    query.watched = static_cast<vrec::Watched>(7);
    THROWS(invalid_argument, "7", engine.recommend(query));
    query = {};
    query.profile = std::string(256, 'p');
    THROWS(limit, "255", engine.recommend(query));
    THROWS(not_found, "nobody", engine.similar("nobody"));
    THROWS(invalid_argument, "video_id", engine.similar(""));
}

TEST("options out of their range are refused") {
    const auto make = [](auto change) {
        vrec::Options options;
        change(options);
        vrec::Engine engine(options);
    };
    THROWS(invalid_argument, "not absolute", make([](auto& options) { options.model_path = "model"; }));
    THROWS(invalid_argument, "not absolute", make([](auto& options) { options.runtime_path = "lib.so"; }));
    THROWS(utf8, "model_path", make([](auto& options) { options.model_path = "/\xff"; }));
    THROWS(limit, "8193", make([](auto& options) { options.dimensions = 8193; }));
    THROWS(limit, "65", make([](auto& options) { options.threads = 65; }));
    THROWS(invalid_argument, "weight", make([](auto& options) { options.title_weight = -2; }));
    THROWS(invalid_argument, "weight", make([](auto& options) { options.tags_weight = std::nanf(""); }));
    THROWS(invalid_argument, "log_level 9",
           make([](auto& options) { options.log_level = static_cast<vrec::LogLevel>(9); }));
}

TEST("options of the encoder out of their range are refused") {
    const auto make = [](auto change) {
        vrec::Options options;
        change(options);
        vrec::Engine engine(options);
    };
    THROWS(invalid_argument, "backend 9",
           make([](auto& options) { options.backend = static_cast<vrec::Backend>(9); }));
    THROWS(limit, "inter_op_threads", make([](auto& options) { options.inter_op_threads = 65; }));
    THROWS(limit, "search_threads", make([](auto& options) { options.search_threads = 65; }));
    THROWS(limit, "tokens_per_run", make([](auto& options) { options.tokens_per_run = 1048577; }));
    THROWS(limit, "17", make([](auto& options) { options.providers.resize(17); }));
    THROWS(limit, "17", make([](auto& options) { options.model_files.resize(17); }));
    THROWS(invalid_argument, "model_files[0]", make([](auto& options) { options.model_files.resize(1); }));
    THROWS(invalid_argument, "twice",
           make([](auto& options) { options.model_files = {{"a.onnx", "one"}, {"a.onnx", "two"}}; }));

    const auto make_on = [&](auto change) {
        make([&](auto& options) {
            options.providers.resize(2);
            change(options.providers[1]);
        });
    };
    make_on([](auto&) {});
    THROWS(invalid_argument, "providers[1]",
           make_on([](auto& provider) { provider.kind = static_cast<vrec::ProviderKind>(0); }));
    THROWS(invalid_argument, "options", make_on([](auto& provider) { provider.options = {{"key", "value"}}; }));
    THROWS(invalid_argument, "library_path",
           make_on([](auto& provider) { provider.kind = vrec::ProviderKind::plugin; }));
    THROWS(invalid_argument, "not absolute", make_on([](auto& provider) {
               provider.kind = vrec::ProviderKind::webgpu;
               provider.library_path = "provider.so";
           }));
    THROWS(utf8, "option_values[1]", make_on([](auto& provider) {
               provider.kind = vrec::ProviderKind::cuda;
               provider.options = {{"key", "值"}, {"other", "\xff"}};
           }));
}

TEST("without a model there is nothing to describe and nothing to wait for") {
    vrec::Options options;
    options.background_embedding = true;
    vrec::Engine engine(options);
    engine.add_videos({video("a", {1, 0}), video("b", {0, 1})});
    engine.wait_for_embeddings();
    vrec::Engine().wait_for_embeddings();
    THROWS(no_encoder, "model_files", engine.describe_encoder());
    vrec::Video texts_only;
    texts_only.id = "v";
    texts_only.title = "title";
    THROWS(no_encoder, "model_path", engine.add_video(texts_only));
    EQUAL(engine.count(), 2U);
    EQUAL(engine.statistics().videos_waiting, 0U);
}

TEST("options are honoured") {
    vrec::Options options;
    options.dimensions = 4;
    options.memory_limit_bytes = 20000;
    vrec::Engine engine(options);
    EQUAL(engine.dimensions(), 4U);
    EQUAL(engine.statistics().memory_limit_bytes, 20000U);
    THROWS(invalid_argument, "have 4", engine.add_video(video("v", {1, 0})));
    vrec::Video large = video("large", {1, 0, 0, 0});
    large.title.assign(4000, 't');
    std::uint64_t added = 0;
    THROWS(memory_limit, "20000", for (;; ++added) {
        large.id = std::to_string(added);
        engine.add_video(large);
    });
    CHECK(added > 0);
    EQUAL(engine.count(), added);
    CHECK(engine.statistics().memory_bytes <= 20000);
}

TEST("statistics count, and say why texts cannot be embedded") {
    vrec::Engine engine = two_topics();
    engine.record({EventKind::like, "cat-1"});
    const vrec::Statistics statistics = engine.statistics();
    EQUAL(statistics.videos, 4U);
    EQUAL(statistics.profiles, 1U);
    EQUAL(statistics.events, 1U);
    EQUAL(statistics.dimensions, 3U);
    EQUAL(statistics.memory_limit_bytes, 0U);
    EQUAL(statistics.texts_embedded, 0U);
    CHECK(statistics.memory_bytes > 4 * 3 * sizeof(float));
    CHECK(statistics.encoder_status == vrec::Code::no_encoder);
    CHECK(!statistics.encoder_loaded && !statistics.faulted);
}

TEST("without a model, what needs one says so") {
    vrec::Engine engine = two_topics();
    vrec::Video texts_only;
    texts_only.id = "v";
    texts_only.title = "title";
    THROWS(no_encoder, "model_path", engine.load_encoder());
    THROWS(no_encoder, "model_path", engine.embed("text"));
    THROWS(no_encoder, "model_path", engine.embed_batch({"text"}));
    vrec::Query meaning;
    meaning.search_ways = vrec::SearchWays::meaning;
    THROWS(no_encoder, "model_path", engine.search("text", meaning));
    THROWS(no_encoder, "model_path", engine.add_video(texts_only));
    engine.trim();
    EQUAL(engine.count(), 4U);
}

TEST("titles are found as people type them, without a model") {
    vrec::Engine engine = two_topics();
    for (const auto& [id, title] : {std::pair{"ai", "人工智能"}, {"hans", "无间道"}, {"hant", "無間道"}, {"knight", "The Dark Knight"}}) {
        vrec::Video titled = video(id, {1, 0, 0});
        titled.title = title;
        engine.add_video(titled);
    }
    const auto first = [&](const char* typed, vrec::SearchWays ways = vrec::SearchWays::by_default) {
        vrec::Query query;
        query.search_ways = ways;
        const vrec::Results found = engine.search(typed, query);
        return found.empty() ? std::string() : std::string(found[0].id);
    };
    EQUAL(first("rgzn"), "ai");
    EQUAL(first("7496", vrec::SearchWays::titles), "ai");
    EQUAL(first("無間"), "hans");
    EQUAL(first("knihgt"), "knight");
    EQUAL(first("rgzn", vrec::SearchWays::words | vrec::SearchWays::keypad), "");
    EQUAL(first("7496", vrec::SearchWays::words | vrec::SearchWays::keypad), "ai");
    THROWS(no_encoder, "model_path", first("rgzn", vrec::SearchWays::titles | vrec::SearchWays::meaning));
}

TEST("a cancelled token and a timeout end calls") {
    vrec::Engine engine = two_topics();
    engine.record({EventKind::like, "cat-1"});
    vrec::CancelToken token;
    vrec::CallOptions call;
    call.cancel = &token;
    call.timeout = std::chrono::hours(24);
    EQUAL(engine.recommend({}, call).size(), 4U);
    token.cancel();
    THROWS(cancelled, "cancelled", engine.recommend({}, call));
    THROWS(cancelled, "cancelled", engine.similar("cat-1", {}, call));
    THROWS(cancelled, "cancelled", engine.add_video(video("v", {1, 0, 0}), call));
    THROWS(cancelled, "cancelled", engine.add_videos({video("v", {1, 0, 0})}, call));
    EQUAL(engine.count(), 4U);
    EQUAL(engine.recommend().size(), 4U);

    call = {};
    call.timeout = milliseconds(-1);
    THROWS(invalid_argument, "-1", engine.recommend({}, call));
    call.timeout = std::chrono::hours(24) + milliseconds(1);
    THROWS(limit, "86400000", engine.recommend({}, call));
    call.timeout = milliseconds::max();
    THROWS(limit, "timeout_ms", engine.recommend({}, call));
}

TEST("the log speaks of a model that cannot be used, and keeps to its level") {
    std::vector<std::pair<vrec::LogLevel, std::string>> messages;
    vrec::Options options;
    options.model_path = "/nowhere/模型";
    options.log = [&](vrec::LogLevel level, std::string_view text) { messages.emplace_back(level, text); };
    {
        vrec::Engine engine(options);
        EQUAL(messages.size(), 1U);
        CHECK(messages[0].first == vrec::LogLevel::warning);
        CHECK(messages[0].second.find("/nowhere/模型") != std::string::npos);
        CHECK(engine.statistics().encoder_status == vrec::Code::model_missing);
        THROWS(model_missing, "/nowhere/模型", engine.embed("text"));
        engine.add_video(video("v", {1, 0}));
        vrec::Engine moved = std::move(engine);
        EQUAL(moved.count(), 1U);
    }
    options.log_level = vrec::LogLevel::error;
    vrec::Engine silent(options);
    EQUAL(messages.size(), 1U);
}

TEST("calls from inside the log function are refused") {
    vrec::Engine other = two_topics();
    int calls = 0;
    std::string outcome;
    vrec::Options options;
    options.model_path = "/nowhere";
    options.log = [&](vrec::LogLevel, std::string_view) {
        ++calls;
        THROWS(reentrant, "vrec_count", other.count());
        THROWS(reentrant, "vrec_add_video", other.add_video(video("v", {1, 0, 0})));
        THROWS(reentrant, "vrec_recommend", other.recommend());
        THROWS(reentrant, "vrec_create", vrec::Engine());
        THROWS(reentrant, "vrec_cancel_token_create", vrec::CancelToken());
        outcome = "all refused";
    };
    vrec::Engine engine(options);
    EQUAL(calls, 1);
    EQUAL(outcome, "all refused");
    EQUAL(other.count(), 4U);
}

TEST("what a log function throws goes nowhere") {
    int calls = 0;
    vrec::Options options;
    options.model_path = "/nowhere";
    options.log = [&](vrec::LogLevel, std::string_view) {
        ++calls;
        throw std::runtime_error("from the logger");
    };
    vrec::Engine engine(options);
    EQUAL(calls, 1);
    engine.add_video(video("v", {1, 0}));
    EQUAL(engine.count(), 1U);
    options.log = [&](vrec::LogLevel, std::string_view) { throw calls++; };
    vrec::Engine second(options);
    EQUAL(calls, 2);
}

TEST("eight threads may write and read at once") {
    vrec::Engine engine;
    engine.add_video(video("seed", {1, 0}));
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number) {
        threads.emplace_back([&, number] {
            try {
                const std::string mine = "profile-" + std::to_string(number);
                vrec::Query query;
                query.profile = mine;
                for (int step = 0; step < 100; ++step) {
                    const std::string id = std::to_string(number) + "-" + std::to_string(step);
                    engine.add_video(video(id, {1, static_cast<float>(step) / 100}));
                    engine.record({EventKind::like, id, mine});
                    const vrec::Results results = engine.recommend(query);
                    failures += results.empty() || results[0].because_id.substr(0, 2) != id.substr(0, 2);
                    failures += engine.similar("seed").empty();
                    engine.trim();
                    if (step % 2 == 0) {
                        engine.remove_video(id);
                    }
                }
            } catch (const vrec::Error&) {
                ++failures;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EQUAL(failures.load(), 0);
    EQUAL(engine.count(), 1U + 8 * 50);
    EQUAL(engine.statistics().events, 800U);
    EQUAL(engine.statistics().profiles, 8U);
}

TEST("another thread can end a scan") {
    vrec::Engine engine;
    std::vector<vrec::Video> videos;
    for (int number = 0; number < 60000; ++number) {
        vrec::Video each;
        each.id = std::to_string(number);
        each.vector = {1, static_cast<float>(number)};
        videos.push_back(std::move(each));
    }
    engine.add_videos(videos);
    const vrec::CancelToken token;
    std::atomic<bool> started{false};
    std::thread canceller([&, token] {
        while (!started) {
            std::this_thread::yield();
        }
        token.cancel();
    });
    vrec::CallOptions call;
    call.cancel = &token;
    vrec::Query query;
    query.limit = 10000;
    THROWS(cancelled, "cancelled", for (;;) {
        engine.similar("0", query, call);
        started = true;
    });
    canceller.join();
}

TEST("a handle does not survive a fork") {
    vrec::Engine engine = two_topics();
    const pid_t child = fork();
    if (child == 0) {
        int status = 1;
        try {
            engine.count();
        } catch (const vrec::Error& error) {
            status = error.code() == vrec::Code::forked ? 0 : 2;
        }
        _exit(status);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    EQUAL(WEXITSTATUS(status), 0);
    EQUAL(engine.count(), 4U);
}

TEST("filters keep what the owner and the viewer allow") {
    using std::chrono::hours;
    const auto now = std::chrono::system_clock::time_point(hours(24 * 20000));
    vrec::Engine engine;
    vrec::Video film = video("film", {1, 0.1F});
    film.kind = vrec::Kind::movie;
    film.min_age = 12;
    film.audio_languages = {"zh-Hans", "en"};
    film.subtitle_languages = {"fr"};
    film.entitlements = {"cinema", "all"};
    film.available_from = now;
    film.available_until = now + hours(1);
    film.tags = {"Space"};
    vrec::Video song = video("song", {1, 0.2F});
    song.kind = vrec::Kind::music;
    song.min_age = vrec::min_age_none;
    engine.add_videos({video("seed", {1, 0}), film, song, video("plain", {1, 0.3F})});

    const auto kept = [&](const vrec::Filter& filter) {
        vrec::Query query;
        query.filter = filter;
        return ids(engine.similar("seed", query));
    };
    const auto with = [](auto set) {
        vrec::Filter filter;
        set(filter);
        return filter;
    };
    EQUAL(kept({}), "film song plain");
    EQUAL(kept(with([](auto& it) { it.kinds = {vrec::Kind::music, vrec::Kind::movie}; })), "film song");
    EQUAL(kept(with([](auto& it) { it.viewer_age = 12; })), "film song");
    EQUAL(kept(with([](auto& it) { it.viewer_age = 11; })), "song");
    EQUAL(kept(with([&](auto& it) { it.time = now; })), "film song plain");
    EQUAL(kept(with([&](auto& it) { it.time = now + hours(1); })), "song plain");
    EQUAL(kept(with([](auto& it) { it.audio_languages = {"zh"}; })), "film");
    EQUAL(kept(with([](auto& it) { it.subtitle_languages = {"en"}; })), "");
    EQUAL(kept(with([](auto& it) { it.entitlements.emplace(); })), "song plain");
    EQUAL(kept(with([](auto& it) { it.entitlements = {"all"}; })), "film song plain");
    EQUAL(kept(with([](auto& it) { it.any_tags = {"space", "sea"}; })), "film");
    EQUAL(kept(with([](auto& it) { it.all_tags = {"space", "sea"}; })), "");
    EQUAL(kept(with([](auto& it) { it.no_tags = {"space"}; })), "song plain");
    THROWS(invalid_argument, "filter: kinds[0]", kept(with([](auto& it) { it.kinds = {vrec::Kind::unknown}; })));
    THROWS(invalid_argument, "audio_languages[0]", kept(with([](auto& it) { it.audio_languages = {"zh_CN"}; })));
}

TEST("bad attributes are refused, and the first instant of 1970 is no missing time") {
    vrec::Engine engine;
    vrec::Video bad = video("bad", {1, 0});
    bad.min_age = 100;
    THROWS(invalid_argument, "min_age", engine.add_video(bad));
    bad.min_age = 0;
    bad.available_from = std::chrono::system_clock::time_point(milliseconds(7));
    bad.available_until = bad.available_from;
    THROWS(invalid_argument, "available_until_utc_ms", engine.add_video(bad));
    bad.available_from.reset();
    bad.available_until = std::chrono::system_clock::time_point();
    engine.add_videos({bad, video("seed", {1, 0.1F})});
    vrec::Query query;
    query.filter.emplace().time = std::chrono::system_clock::time_point();
    EQUAL(ids(engine.similar("seed", query)), "");
    EQUAL(ids(engine.similar("seed")), "bad");
}

TEST("a blend begins with what others watched next, and training is told and ended") {
    vrec::Engine engine = two_topics();
    vrec::Event watched{EventKind::complete, "cat-1", "ann"};
    watched.context = {vrec::Device::tv, vrec::Place::living_room, vrec::Company::family, std::chrono::minutes(345)};
    engine.record(watched);
    // Few of them would count less than the taste.
    for (int number = 0; number < 30; ++number) {
        const std::string other = std::to_string(number);
        engine.record_batch({{EventKind::complete, "cat-1", other}, {EventKind::complete, "dog-1", other}});
    }
    vrec::Query query;
    query.profile = "ann";
    EQUAL(ids(engine.recommend(query)), "cat-2 dog-2 dog-1");
    query.ranking = vrec::Ranking::blend;
    query.now = watched.time;
    query.context = watched.context;
    EQUAL(engine.recommend(query).size(), 3U);

    std::uint64_t trained = 0;
    vrec::CallOptions call;
    call.progress = [&](std::uint64_t done, std::uint64_t) { trained = done; };
    engine.train(call);
    EQUAL(trained, 4U);
    // Content would tell little of four videos.
    query.feature_weights = {{vrec::Feature::transitions, 1}, {vrec::Feature::ease, 1}};
    EQUAL(engine.recommend(query)[0].id, "dog-1");
    EQUAL(engine.recommend(query)[0].because_id, "cat-1");
    vrec::CancelToken token;
    token.cancel();
    call.cancel = &token;
    THROWS(cancelled, "", engine.train(call));
    vrec::TrainOptions options;
    options.threads = 2;
    engine.train(options);
    THROWS(cancelled, "", engine.train(options, call));
    options.threads = 65;
    THROWS(limit, "threads", engine.train(options));

    query.min_score = 0.5F;
    THROWS(invalid_argument, "min_score", engine.recommend(query));
    query.min_score = 0;
    query.ranking = static_cast<vrec::Ranking>(2);
    THROWS(invalid_argument, "ranking 2", engine.recommend(query));
    THROWS(invalid_argument, "ranking 2", engine.similar("cat-1", query));
}

TEST("a list counts what the engine or the query says") {
    const auto house = [](const vrec::Options& options) {
        vrec::Engine engine(options);
        engine.add_videos({video("cat-1", {1, 0, 0}), video("cat-2", {0.9F, 0.1F, 0}), video("dog-1", {0, 1, 0}),
                           video("dog-2", {0.1F, 0.9F, 0})});
        vrec::Event watched{EventKind::complete, "cat-1", "ann"};
        engine.record(watched);
        for (const char* other : {"bob", "cleo", "dan"}) {
            watched.profile = other;
            watched.context.device = vrec::Device::tv;
            watched.video_id = "cat-1";
            engine.record(watched);
            watched.video_id = "dog-1";
            engine.record(watched);
        }
        watched.context.device = vrec::Device::phone;
        for (const char* other : {"eve", "finn", "gus", "hal", "ida"}) {
            watched.profile = other;
            watched.video_id = "dog-2";
            engine.record(watched);
        }
        return engine;
    };
    vrec::Options options;
    for (const vrec::Feature feature : {vrec::Feature::transitions, vrec::Feature::popularity, vrec::Feature::context,
                                        vrec::Feature::ease, vrec::Feature::taste}) {
        options.feature_weights.push_back({feature, 1});
    }
    vrec::Engine engine = house(options);
    vrec::Query query;
    query.profile = "ann";
    query.ranking = vrec::Ranking::blend;
    query.feature_weights = {{vrec::Feature::transitions, 1}};
    EQUAL(ids(engine.recommend(query)), "dog-1");
    query.feature_weights = {{vrec::Feature::popularity, 1}};
    EQUAL(engine.recommend(query)[0].id, "dog-2");
    query.feature_weights = {{vrec::Feature::taste, 1}};
    EQUAL(engine.recommend(query)[0].id, "cat-2");
    query.feature_weights = {{vrec::Feature::context, 1}};
    query.context.device = vrec::Device::tv;
    EQUAL(engine.recommend(query)[0].id, "dog-1");
    query.context.device = vrec::Device::phone;
    EQUAL(engine.recommend(query)[0].id, "dog-2");
    query.feature_weights = {{vrec::Feature::ease, 1}};
    EQUAL(ids(engine.recommend(query)), "");
    engine.train();
    EQUAL(ids(engine.recommend(query)), "dog-1");
    engine.forget_profile("dan");
    EQUAL(ids(engine.recommend(query)), "");

    options.feature_weights = {{vrec::Feature::taste, 1}, {vrec::Feature::popularity, 0}};
    vrec::Engine by_taste = house(options);
    query.feature_weights = {{vrec::Feature::popularity, 1}};
    EQUAL(ids(by_taste.recommend(query)), "");
    query.feature_weights.clear();
    EQUAL(by_taste.recommend(query)[0].id, "cat-2");
    CHECK(by_taste.statistics().memory_bytes < engine.statistics().memory_bytes);
}

TEST("weights and shares that are none are refused") {
    vrec::Engine engine = two_topics();
    const auto refused = [&](vrec::Code code, const char* words, std::vector<vrec::FeatureWeight> weights) {
        vrec::Options options;
        options.feature_weights = weights;
        vrec::Query query;
        query.feature_weights = std::move(weights);
        for (const auto& attempt : {std::function<void()>([&] { vrec::Engine other(options); }),
                                    std::function<void()>([&] { engine.recommend(query); })}) {
            test::throws(__FILE__, __LINE__, code, words, attempt);
        }
    };
    using vrec::Code;
    using vrec::Feature;
    refused(Code::invalid_argument, "feature_weights[1]: feature 15", {{Feature::ease, 1}, {Feature{15}, 1}});
    refused(Code::invalid_argument, "feature_weights[1]: feature 3", {{Feature::ease, 1}, {Feature::ease, 1}});
    refused(Code::invalid_argument, "feature_weights[0]: the weight of taste", {{Feature::taste, 1000.5F}});
    refused(Code::limit, "feature_weight_count", std::vector<vrec::FeatureWeight>(16));
    vrec::Query query;
    query.new_video_share = 1.5F;
    THROWS(invalid_argument, "new_video_share", engine.recommend(query));
    query.new_video_share = -1;
    EQUAL(ids(engine.recommend(query)), "");
}

TEST("lists vary as strongly as they are asked to") {
    vrec::Engine engine = two_topics();
    vrec::Query query;
    query.limit = 2;
    const std::string plain = ids(engine.similar("cat-1", query));
    for (const auto method : {vrec::DiversityMethod::mmr, vrec::DiversityMethod::dpp}) {
        query.diversity_method = method;
        query.diversity = 0;
        EQUAL(ids(engine.similar("cat-1", query)), plain);
        query.diversity = 1;
        EQUAL(ids(engine.similar("cat-1", query)), "cat-2 dog-1");
    }
    query.diversity = -0.5F;
    THROWS(invalid_argument, "diversity is -0.5", engine.similar("cat-1", query));
    query.diversity_method = vrec::DiversityMethod{4};
    THROWS(invalid_argument, "diversity_method 4", engine.recommend(query));
}

TEST("circumstances out of their sets and ranges are refused") {
    vrec::Engine engine = two_topics();
    const auto refused = [&](const char* words, vrec::Context context) {
        vrec::Event event{EventKind::like, "cat-1"};
        event.context = context;
        vrec::Query query;
        query.context = context;
        THROWS(invalid_argument, words, engine.record(event));
        THROWS(invalid_argument, words, engine.recommend(query));
    };
    refused("device 6", {static_cast<vrec::Device>(6)});
    refused("place -1", {vrec::Device::tv, static_cast<vrec::Place>(-1)});
    refused("company 99", {vrec::Device::tv, vrec::Place::home, static_cast<vrec::Company>(99)});
    for (const std::int64_t minutes : {std::int64_t{841}, std::int64_t{-841}, std::int64_t{1} << 32}) {
        vrec::Context context;
        context.utc_offset = std::chrono::minutes(minutes);
        refused("utc_offset_minutes", context);
    }
    EQUAL(engine.statistics().events, 0U);
}
