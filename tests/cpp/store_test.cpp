// Engines with a store.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "test.hpp"

using test::video;

TEST("what was acknowledged is there again, with the right key only") {
    const test::Folder folder;
    vrec::Options options;
    options.store_path = folder.path.string();
    options.device_key.assign(32, std::uint8_t{7});
    {
        vrec::Engine engine(options);
        engine.add_videos({video("a", {1, 0}), video("b", {1, 0.2F}), video("c", {0, 1})});
        vrec::Event like;
        like.kind = vrec::EventKind::like;
        like.video_id = "a";
        like.profile = "family";
        engine.record(like);
        THROWS(busy, "", vrec::Engine{options});
    }
    {
        vrec::Engine engine(options);
        EQUAL(engine.statistics().videos, 3U);
        EQUAL(engine.statistics().events, 1U);
        engine.forget_profile("family");
        EQUAL(engine.statistics().profiles, 0U);
        THROWS(not_found, "family", engine.forget_profile("family"));
    }
    options.store_read_only = true;
    vrec::Engine reader(options);
    THROWS(read_only, "", reader.add_video(video("d", {1, 1})));
    options.device_key[0] = 8;
    THROWS(key, "", vrec::Engine{options});
}

TEST("a host looks after its store") {
    using namespace std::chrono_literals;
    const test::Folder folder;
    vrec::Options options;
    options.store_path = folder.path.string();
    options.commit_thread = true;
    {
        vrec::Engine engine(options);
        engine.add_videos({video("a", {1, 0}), video("b", {1, 0.2F})});
        vrec::Event like;
        like.kind = vrec::EventKind::like;
        like.video_id = "a";
        like.profile = "family";
        like.time = std::chrono::system_clock::time_point(1700000000000ms);
        like.durability = vrec::Durability::relaxed;
        engine.record_batch({like, like});
        EQUAL(engine.statistics().store_waiting_events, 2U);
        engine.flush();
        EQUAL(engine.statistics().store_waiting_events, 0U);
        like.durability = vrec::Durability::within;
        like.within = 5ms;
        engine.record(like);
        while (engine.statistics().store_waiting_events > 0) {
            std::this_thread::sleep_for(1ms);
        }
        EQUAL(engine.statistics().store_events, 3U);
        like.within = 2h;
        THROWS(limit, "3600000", engine.record(like));
        engine.verify();
        engine.compact();
        EQUAL(engine.statistics().store_is_open, true);

        const std::string lines = engine.export_profile("family");
        EQUAL(lines.find("\"id\":\"family\"") != std::string::npos, true);
        vrec::Anonymisation anonymisation;
        THROWS(invalid_argument, "salt", engine.export_profile("family", anonymisation));
        anonymisation.salt.assign(32, std::uint8_t{5});
        anonymisation.time_step = 24h;
        const std::string anonymous = engine.export_profile("family", anonymisation);
        EQUAL(anonymous.find("family"), std::string::npos);
        EQUAL(anonymous.find("\"time_utc_ms\":1699920000000") != std::string::npos, true);
        THROWS(not_found, "nobody", engine.export_profile("nobody"));

        THROWS(invalid_argument, "max_age_ms", engine.retain({}));
        vrec::Retention retention;
        retention.max_events = 1;
        // The two of one batch stay or go together.
        EQUAL(engine.retain(retention), 2U);
        engine.rotate_key(anonymisation.salt);
        options.device_key = anonymisation.salt;
    }
    vrec::Engine engine(options);
    EQUAL(engine.statistics().events, 1U);
}

TEST("what was trained is there again, until one of few profiles is forgotten") {
    const test::Folder folder;
    vrec::Options options;
    options.store_path = folder.path.string();
    vrec::Query query;
    query.profile = "ann";
    query.ranking = vrec::Ranking::blend;
    query.feature_weights = {{vrec::Feature::ease, 1}};
    const auto listed = [&](const vrec::Engine& engine) { return test::ids(engine.recommend(query)); };
    {
        vrec::Engine engine(options);
        engine.add_videos({video("a", {1, 0}), video("b", {1, 0.2F}), video("c", {0, 1})});
        for (const char* profile : {"bob", "cleo", "dan"}) {
            engine.record_batch({{vrec::EventKind::complete, "a", profile}, {vrec::EventKind::complete, "c", profile}});
        }
        engine.record({vrec::EventKind::complete, "a", "ann"});
        EQUAL(listed(engine), "");
        engine.train();
        EQUAL(listed(engine), "c");
    }
    {
        vrec::Engine engine(options);
        EQUAL(listed(engine), "c");
        engine.forget_profile("dan");
        EQUAL(listed(engine), "");
    }
    EQUAL(listed(vrec::Engine(options)), "");
    options.store_read_only = true;
    vrec::Engine reader(options);
    THROWS(read_only, "", reader.train());
}
