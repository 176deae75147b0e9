// What needs the model: texts become vectors inside the library.
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>
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
    query.search_ways = vrec::SearchWays::meaning;
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
    vrec::Query query;
    query.search_ways = vrec::SearchWays::meaning;
    const vrec::Results results = engine.search("Cooking", query);
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

namespace {

std::string content_of(const std::string& name) {
    std::ifstream file(test::paths().model + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Ten texts, each a word longer than the one before.
std::vector<std::string> rising_texts() {
    std::vector<std::string> texts{"music"};
    while (texts.size() < 10) {
        texts.push_back(texts.back() + " concert");
    }
    return texts;
}

// A run for every text, so that progress is heard between them.
vrec::Options with_small_runs() {
    vrec::Options options = with_model();
    options.tokens_per_run = 1;
    return options;
}

}  // namespace

TEST("what runs the model is described") {
    const vrec::Engine engine(with_model());
    const vrec::EncoderDescription description = engine.describe_encoder();
    CHECK(description.backend == vrec::Backend::onnx_runtime);
    CHECK(!description.model_name.empty() && !description.model_version.empty());
    CHECK(!description.model_licence.empty() && description.runtime_path.front() == '/');
    EQUAL(description.providers.size(), 1U);
    EQUAL(description.providers[0].provider, "CPUExecutionProvider");
    CHECK(description.providers[0].products > 0);
    CHECK(description.providers[0].nodes > description.providers[0].products);
    CHECK(description.skipped.empty());
    vrec::CancelToken token;
    token.cancel();
    vrec::CallOptions call;
    call.cancel = &token;
    THROWS(cancelled, "cancelled", engine.describe_encoder(call));
}

TEST("a provider that cannot serve is an error unless the next is allowed") {
    int warnings = 0;
    vrec::Options options = with_model();
    options.log = [&](vrec::LogLevel, std::string_view) { ++warnings; };
    options.providers.resize(2);
    options.providers[0].kind = vrec::ProviderKind::cuda;
    options.providers[0].options = {{"cudnn_conv_use_max_workspace", "0"}, {"do_copy_in_default_stream", "1"}};
    vrec::Engine strict(options);
    THROWS(provider, "Cuda", strict.load_encoder());
    THROWS(provider, "Cuda", strict.embed("text"));
    CHECK(strict.statistics().encoder_status == vrec::Code::provider);

    warnings = 0;
    options.providers[0].allow_next = true;
    vrec::Engine lenient(options);
    lenient.load_encoder();
    EQUAL(warnings, 1);
    const vrec::EncoderDescription description = lenient.describe_encoder();
    EQUAL(description.skipped.size(), 1U);
    CHECK(description.skipped[0].find("Cuda") != std::string::npos);
    EQUAL(description.providers[0].provider, "CPUExecutionProvider");
    EQUAL(warnings, 1);
}

TEST("the model may lie in the program's memory") {
    const std::string manifest = content_of("vrec-model.json");
    const std::string graph = content_of("model.onnx");
    std::string tokenizer = content_of("tokenizer.json");
    const std::vector<float> expected = vrec::Engine(with_model()).embed("人工智能入门");
    vrec::Options options = with_model();
    options.model_path.clear();
    options.model_files = {{"vrec-model.json", manifest}, {"model.onnx", graph}, {"tokenizer.json", tokenizer}};
    {
        vrec::Engine engine(options);
        CHECK(engine.embed("人工智能入门") == expected);
        engine.trim();
        CHECK(engine.embed("人工智能入门") == expected);
    }
    options.model_files.pop_back();
    THROWS(model_missing, "tokenizer.json", vrec::Engine(options).load_encoder());
    options.model_path = test::paths().model;
    CHECK(vrec::Engine(options).embed("人工智能入门") == expected);
    tokenizer.front() = ' ';
    options.model_files = {{"tokenizer.json", tokenizer}};
    THROWS(model_hash, "tokenizer.json", vrec::Engine(options).load_encoder());
}

TEST("texts that come again are remembered, unless that is turned off") {
    vrec::Options options = with_model();
    const vrec::Engine remembering(options);
    options.embedding_cache_bytes = vrec::cache_none;
    const vrec::Engine forgetting(options);
    const std::vector<std::string> texts = rising_texts();
    const std::vector<float> first = remembering.embed_batch(texts);
    CHECK(remembering.embed_batch(texts) == first);
    CHECK(forgetting.embed_batch(texts) == first && forgetting.embed_batch(texts) == first);
    EQUAL(remembering.statistics().embedding_cache_hits, texts.size());
    EQUAL(remembering.statistics().embedding_cache_misses, texts.size());
    CHECK(remembering.statistics().embedding_cache_bytes > 0);
    EQUAL(forgetting.statistics().embedding_cache_hits, 0U);
    EQUAL(forgetting.statistics().embedding_cache_bytes, 0U);
    EQUAL(forgetting.statistics().texts_embedded, 2 * texts.size());
}

TEST("threads and the size of runs change no vector") {
    const std::vector<std::string> texts = rising_texts();
    const std::vector<float> expected = vrec::Engine(with_model()).embed_batch(texts);
    vrec::Options options = with_model();
    options.inter_op_threads = 2;
    options.tokens_per_run = 20;
    const std::vector<float> found = vrec::Engine(options).embed_batch(texts);
    for (std::size_t element = 0; element < expected.size(); ++element) {
        CHECK(std::abs(found[element] - expected[element]) < 1e-5F);
    }
}

TEST("progress rises to the total on the thread of the call") {
    vrec::Engine engine(with_small_runs());
    const std::thread::id here = std::this_thread::get_id();
    std::vector<std::uint64_t> heard;
    vrec::CallOptions call;
    call.progress = [&](std::uint64_t done, std::uint64_t total) {
        CHECK(std::this_thread::get_id() == here);
        CHECK(done <= total && (heard.empty() || done >= heard.back()));
        EQUAL(total, 10U);
        heard.push_back(done);
    };
    engine.embed_batch(rising_texts(), call);
    CHECK(heard.size() > 2);
    EQUAL(heard.back(), 10U);
    heard.clear();
    CHECK(engine.recommend({}, call).empty() && heard.empty());
}

TEST("what a progress function throws ends the call and comes out of it") {
    vrec::Engine engine(with_small_runs());
    engine.add_video(titled("old", "a title"));
    int calls = 0;
    vrec::CallOptions call;
    call.progress = [&](std::uint64_t, std::uint64_t) {
        ++calls;
        throw std::out_of_range("from the listener");
    };
    const auto throws_it = [&](auto action) {
        calls = 0;
        try {
            action();
        } catch (const std::out_of_range& error) {
            EQUAL(std::string(error.what()), "from the listener");
            EQUAL(calls, 1);
            return;
        }
        test::fail(__FILE__, __LINE__, "nothing came out");
    };
    std::vector<vrec::Video> videos;
    for (const std::string& text : rising_texts()) {
        videos.push_back(titled(std::to_string(videos.size()), text));
    }
    throws_it([&] { engine.add_videos(videos, call); });
    EQUAL(engine.count(), 1U);
    throws_it([&] { engine.embed_batch(rising_texts(), call); });
    throws_it([&] { engine.embed("one text", call); });
    throws_it([&] { engine.search("one text", {}, call); });
    vrec::CancelToken token;
    call.cancel = &token;
    throws_it([&] { engine.embed("another text", call); });
    CHECK(token.is_cancelled());
    engine.add_videos(videos);
    EQUAL(engine.count(), 11U);
}

TEST("calls from inside a progress function are refused, cancelling is not") {
    vrec::Engine engine(with_small_runs());
    const vrec::CancelToken token;
    std::uint64_t heard = 0;
    vrec::CallOptions call;
    call.cancel = &token;
    call.progress = [&](std::uint64_t done, std::uint64_t) {
        THROWS(reentrant, "vrec_count", engine.count());
        THROWS(reentrant, "vrec_trim", engine.trim());
        heard = done;
        token.cancel();
    };
    THROWS(cancelled, "cancelled", engine.embed_batch(rising_texts(), call));
    CHECK(heard > 0 && heard < 10);
    // What the library refuses inside, uncaught, comes out like anything else.
    call = {};
    call.progress = [&](std::uint64_t, std::uint64_t) { engine.trim(); };
    THROWS(reentrant, "vrec_trim", engine.embed("text", call));
}

TEST("videos may be embedded in the background") {
    vrec::Options options = with_model();
    options.background_embedding = true;
    vrec::Engine engine(options);
    vrec::Engine plain(with_model());
    std::vector<vrec::Video> videos;
    for (const std::string& text : rising_texts()) {
        videos.push_back(titled(std::to_string(videos.size()), text));
    }
    engine.add_videos(videos);
    plain.add_videos(videos);
    EQUAL(engine.count(), 10U);
    // Not called at all when everything has landed already.
    std::uint64_t last = 0;
    std::uint64_t all = 0;
    vrec::CallOptions call;
    call.progress = [&](std::uint64_t done, std::uint64_t total) {
        last = done;
        all = total;
    };
    engine.wait_for_embeddings(call);
    EQUAL(last, all);
    EQUAL(engine.statistics().videos_waiting, 0U);
    EQUAL(engine.statistics().videos_failed, 0U);
    EQUAL(engine.statistics().embedding_queue_bytes, 0U);
    const vrec::Results expected = plain.similar("3");
    const vrec::Results found = engine.similar("3");
    EQUAL(test::ids(found), test::ids(expected));
    for (std::size_t index = 0; index < expected.size(); ++index) {
        CHECK(std::abs(found[index].score - expected[index].score) < 1e-4F);
    }
}

TEST("waiting tells why the model does not open, and ends with its bounds") {
    vrec::Options options = with_model();
    options.background_embedding = true;
    std::string tokenizer = content_of("tokenizer.json");
    tokenizer.front() = ' ';
    options.model_files = {{"tokenizer.json", tokenizer}};
    vrec::Engine engine(options);
    engine.add_video(titled("v", "a title"));
    THROWS(model_hash, "tokenizer.json", engine.wait_for_embeddings());
    THROWS(model_hash, "tokenizer.json", engine.wait_for_embeddings());
    EQUAL(engine.statistics().videos_waiting, 1U);
    CHECK(engine.statistics().embedding_queue_bytes > 0);
    vrec::CancelToken token;
    token.cancel();
    vrec::CallOptions call;
    call.cancel = &token;
    THROWS(cancelled, "cancelled", engine.wait_for_embeddings(call));
    call = {};
    call.progress = [](std::uint64_t, std::uint64_t) { throw 7; };
    try {
        engine.wait_for_embeddings(call);
        test::fail(__FILE__, __LINE__, "nothing came out");
    } catch (int number) {
        EQUAL(number, 7);
    }
}

TEST("a network that read the history says what comes next") {
    vrec::Options options;
    options.runtime_path = test::paths().runtime;
    vrec::Engine engine(options);
    const std::string videos = "abcdefgh";
    for (std::size_t index = 0; index < videos.size(); ++index) {
        const float turn = 0.1F * static_cast<float>(index);
        engine.add_video(test::video(std::string(1, videos[index]), {1, turn, 0, 0}));
    }
    engine.load_sequence(test::paths().model + "/../tiny-sequence");
    vrec::Event event;
    event.kind = EventKind::complete;
    event.video_id = "c";
    engine.record(event);
    vrec::Query query;
    query.ranking = vrec::Ranking::blend;
    query.feature_weights = {{vrec::Feature::sequence, 1}};
    const vrec::Results found = engine.recommend(query);
    EQUAL(std::string(found[0].id), "d");
    EQUAL(std::string(found[0].because_id), "c");
    THROWS(model_missing, "vrec-sequence.json", engine.load_sequence("/nowhere"));

    // It travels in a pack, unless it is to stay out.
    const test::Folder folder;
    vrec::PackExport pack;
    pack.path = folder.path.string() + "/1.pack";
    pack.line = "films";
    pack.number = 1;
    pack.signing_key.assign(32, 1);
    engine.export_pack(pack);
    const std::string with = pack.path;
    pack.path = folder.path.string() + "/2.pack";
    pack.number = 2;
    pack.without_sequence = true;
    engine.export_pack(pack);
    engine.load_sequence("");
    EQUAL(engine.recommend(query).size(), 0U);
    vrec::PackImport from;
    // The public key of that seed.
    from.trusted_keys = {{0x8a, 0x88, 0xe3, 0xdd, 0x74, 0x09, 0xf1, 0x95, 0xfd, 0x52, 0xdb, 0x2d, 0x3c, 0xba, 0x5d, 0x72,
                          0xca, 0x67, 0x09, 0xbf, 0x1d, 0x94, 0x12, 0x1b, 0xf3, 0x74, 0x88, 0x01, 0xb4, 0x0f, 0x6f, 0x5c}};
    from.path = with;
    engine.import_pack(from);
    CHECK(engine.pack().has_sequence);
    EQUAL(std::string(engine.recommend(query)[0].id), "d");
    from.path = pack.path;
    CHECK(!engine.pack(from).has_sequence);
    engine.revert_pack();
    EQUAL(engine.recommend(query).size(), 0U);
}
