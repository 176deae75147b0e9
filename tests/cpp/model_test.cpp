// What needs the model: texts become vectors inside the library.
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "test.hpp"

using std::chrono::milliseconds;
using vrec::EventKind;

namespace {

vrec::Options with_model() {
    vrec::Options options;
    options.model_path = test::paths().model;
    options.runtime_path = test::paths().runtime;
    return options;
}

vrec::Video titled(const std::string& id, const std::string& title) {
    vrec::Video video;
    video.id = id;
    video.title = title;
    return video;
}

float inner_product(const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

// More work than a machine does in a second.
std::vector<std::string> many_texts() {
    std::vector<std::string> texts;
    for (int number = 0; number < 20000; ++number) {
        texts.push_back("深度学习基础 deep learning, part " + std::to_string(number));
    }
    return texts;
}

}  // namespace

TEST("the model is opened, given back and opened again") {
    std::vector<vrec::LogLevel> levels;
    vrec::Options options = with_model();
    options.log_level = vrec::LogLevel::info;
    options.log = [&](vrec::LogLevel level, std::string_view) { levels.push_back(level); };
    vrec::Engine engine(options);
    CHECK(levels.size() == 1 && levels[0] == vrec::LogLevel::info);
    CHECK(engine.dimensions() > 0);
    CHECK(engine.statistics().encoder_status == vrec::Code::ok && !engine.statistics().encoder_loaded);
    engine.load_encoder();
    CHECK(engine.statistics().encoder_loaded);
    engine.trim();
    CHECK(!engine.statistics().encoder_loaded);
    EQUAL(engine.embed("text").size(), engine.dimensions());
    CHECK(engine.statistics().encoder_loaded);
    EQUAL(engine.statistics().texts_embedded, 1U);
}

TEST("a text becomes a unit vector, the same one each time") {
    const vrec::Engine engine(with_model());
    const std::vector<float> vector = engine.embed("人工智能入门");
    EQUAL(vector.size(), engine.dimensions());
    CHECK(std::abs(inner_product(vector, vector) - 1) < 1e-4F);
    CHECK(vector == engine.embed("人工智能入门"));
    CHECK(vector != engine.embed("Cooking for beginners"));
    EQUAL(engine.embed("").size(), engine.dimensions());
}

TEST("a batch gives the vectors of its texts in their order") {
    const vrec::Engine engine(with_model());
    const std::vector<std::string> texts = {"人工智能入门", "", "Cooking for beginners, a much longer title", "AI"};
    const std::vector<float> rows = engine.embed_batch(texts);
    const std::size_t dimensions = engine.dimensions();
    EQUAL(rows.size(), texts.size() * dimensions);
    for (std::size_t index = 0; index < texts.size(); ++index) {
        const auto start = rows.begin() + static_cast<std::ptrdiff_t>(index * dimensions);
        const std::vector<float> row(start, start + static_cast<std::ptrdiff_t>(dimensions));
        CHECK(inner_product(row, engine.embed(texts[index])) > 0.999F);
    }
    CHECK(engine.embed_batch({"AI", "人工智能"}).size() == 2 * dimensions);
    CHECK(engine.embed_batch(std::vector<const char*>{"AI"}).size() == dimensions);
    CHECK(engine.embed_batch(std::vector<std::string_view>{}).empty());
}

TEST("texts that cannot be embedded are refused") {
    const vrec::Engine engine(with_model());
    THROWS(utf8, "text", engine.embed("\xff"));
    THROWS(utf8, "texts[1] is not UTF-8 from byte 1", engine.embed_batch({"fine", "a\xff"}));
    THROWS(limit, "65536", engine.embed(std::string(65537, 'x')));
    THROWS(limit, "65536", engine.embed_batch(std::vector<std::string_view>(65537, "")));
    THROWS(invalid_argument, "nothing to search", engine.search(" \n"));
    EQUAL(engine.statistics().texts_embedded, 0U);
}

TEST("titles are enough to recommend, to find similar ones and to search") {
    vrec::Engine engine(with_model());
    vrec::Video full = titled("cook", "Cooking for beginners");
    full.description = "Soups, sauces and bread.";
    full.tags = {"food", "kitchen"};
    full.comments = {"My bread rose!", "好吃"};
    full.language = "en";
    engine.add_videos({titled("ai", "人工智能入门"), titled("deep", "深度学习基础"), full});
    EQUAL(engine.count(), 3U);

    vrec::Query query;
    query.limit = 1;
    const vrec::Results found = engine.search("人工智能入门", query);
    EQUAL(test::ids(found), "ai");
    CHECK(found[0].because_id.empty() && found[0].matched_field == vrec::Field::title);
    EQUAL(found[0].matched_text, "人工智能入门");
    CHECK(found[0].score > 0.9F && std::abs(found[0].matched_score - found[0].score) < 0.05F);

    EQUAL(engine.similar("ai").size(), 2U);
    engine.record({EventKind::complete, "ai"});
    const vrec::Results recommended = engine.recommend();
    EQUAL(recommended.size(), 2U);
    for (const vrec::Recommendation item : recommended) {
        EQUAL(item.because_id, "ai");
        CHECK(item.matched_field != vrec::Field::none && !item.matched_text.empty());
    }
}

TEST("a field with no weight has no say") {
    vrec::Options options = with_model();
    options.title_weight = vrec::weight_none;
    vrec::Engine engine(options);
    vrec::Video video = titled("v", "Cooking");
    video.tags = {"food", "kitchen"};
    engine.add_video(video);
    const vrec::Results results = engine.search("Cooking");
    EQUAL(results.size(), 1U);
    CHECK(results[0].matched_field == vrec::Field::tags);
    EQUAL(results[0].matched_text, "food, kitchen");
    EQUAL(results[0].title, "Cooking");
}

TEST("another thread can end a long call, and nothing was added") {
    vrec::Engine engine(with_model());
    engine.load_encoder();
    std::vector<vrec::Video> videos;
    for (const std::string& text : many_texts()) {
        videos.push_back(titled(std::to_string(videos.size()), text));
    }
    const vrec::CancelToken token;
    vrec::CallOptions call;
    call.cancel = &token;
    std::thread canceller([token] {
        std::this_thread::sleep_for(milliseconds(50));
        token.cancel();
    });
    THROWS(cancelled, "cancelled", engine.add_videos(videos, call));
    canceller.join();
    EQUAL(engine.count(), 0U);
    THROWS(cancelled, "cancelled", engine.embed("text", call));
    THROWS(cancelled, "cancelled", engine.embed_batch({"text"}, call));
    THROWS(cancelled, "cancelled", engine.search("text", {}, call));
    CHECK(!engine.embed("text").empty());
}

TEST("a timeout ends a long call") {
    const vrec::Engine engine(with_model());
    vrec::CallOptions call;
    call.timeout = milliseconds(30);
    const auto start = std::chrono::steady_clock::now();
    THROWS(timed_out, "timeout_ms", engine.embed_batch(many_texts(), call));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
    EQUAL(engine.statistics().texts_embedded, 0U);
}

TEST("a runtime that does not exist is named") {
    vrec::Options options = with_model();
    options.runtime_path = "/nowhere/libonnxruntime.so.1";
    vrec::Engine engine(options);
    THROWS(runtime_missing, "/nowhere/libonnxruntime.so.1", engine.load_encoder());
    engine.add_video([&] {
        vrec::Video video = titled("v", "title");
        video.vector.assign(engine.dimensions(), 1.0F);
        return video;
    }());
    EQUAL(engine.count(), 1U);
}

TEST("eight threads may embed, search and add at once") {
    vrec::Engine engine(with_model());
    engine.add_video(titled("seed", "人工智能入门"));
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number) {
        threads.emplace_back([&, number] {
            try {
                const std::vector<float> expected = engine.embed("AI");
                for (int step = 0; step < 5; ++step) {
                    const std::string id = std::to_string(number) + "-" + std::to_string(step);
                    engine.add_video(titled(id, "video " + id));
                    failures += engine.search("video " + id).empty();
                    failures += inner_product(engine.embed("AI"), expected) < 0.999F;
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
    EQUAL(engine.count(), 41U);
}
