// Engines with a store.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "test.hpp"

using test::video;

namespace {

// A folder that goes with the test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "vrec-store-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no folder for a store");
        }
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST("what was acknowledged is there again, with the right key only") {
    const Folder folder;
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
