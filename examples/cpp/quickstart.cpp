// Watch two videos, get recommendations with their reasons.
//
//   c++ -std=c++17 quickstart.cpp -o quickstart $(pkg-config --cflags --libs vrec)
//   ./quickstart MODEL_FOLDER LIBONNXRUNTIME
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "vrec.hpp"

namespace {

vrec::Video video(const std::string& id, const std::string& title) {
    vrec::Video video;
    video.id = id;
    video.title = title;
    return video;
}

void print(const vrec::Results& results) {
    for (const vrec::Recommendation item : results) {
        const std::string id(item.id), title(item.title), because(item.because_id);
        std::printf("  %+.2f  %-9s %s%s%s\n", static_cast<double>(item.score), id.c_str(), title.c_str(),
                    because.empty() ? "" : "  <- ", because.c_str());
    }
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 3) {
        std::fprintf(stderr, "usage: %s MODEL_FOLDER LIBONNXRUNTIME\n", arguments[0]);
        return 2;
    }
    vrec::Options options;
    options.model_path = std::filesystem::absolute(arguments[1]).string();
    options.runtime_path = std::filesystem::absolute(arguments[2]).string();
    vrec::Engine engine(options);

    engine.add_videos({
        video("ai", "人工智能入门"),
        video("deep", "深度学习基础"),
        video("vision", "计算机视觉入门"),
        video("noodles", "家常面条的做法"),
        video("yoga", "零基础瑜伽"),
        video("bread", "How to bake sourdough bread"),
        video("robots", "Build a robot that sees"),
        video("guitar", "Guitar lessons for beginners"),
    });

    engine.record({vrec::EventKind::complete, "ai"});
    engine.record({vrec::EventKind::complete, "deep"});

    std::printf("Watched 人工智能入门 and 深度学习基础. Next:\n");
    vrec::Query query;
    query.limit = 3;
    print(engine.recommend(query));

    std::printf("Search for \"baking\":\n");
    print(engine.search("baking", query));
} catch (const vrec::Error& error) {
    std::fprintf(stderr, "%s: %s\n", error.name(), error.what());
    return 1;
}
