// Packs: Engine::export_pack and what follows from it.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "test.hpp"

using test::video;

namespace {

// The first key pair of RFC 8032, section 7.1.
const std::vector<std::uint8_t> seed = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                        0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                        0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
const std::array<std::uint8_t, 32> public_key = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                                 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                                 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

const std::chrono::system_clock::time_point start{std::chrono::milliseconds(1'700'000'000'000)};

vrec::Options options() {
    vrec::Options options;
    options.feature_weights = {{vrec::Feature::transitions, 1}, {vrec::Feature::popularity, 1}};
    return options;
}

void add_videos(vrec::Engine& engine) {
    for (int number = 0; number < 8; ++number) {
        engine.add_video(video("v" + std::to_string(number), {1, static_cast<float>(number)}));
    }
}

vrec::Event watch(const std::string& profile, int number) {
    vrec::Event event;
    event.kind = vrec::EventKind::complete;
    event.profile = profile;
    event.video_id = "v" + std::to_string(number);
    event.time = start + std::chrono::seconds(number);
    return event;
}

// Everybody watches a video and the next one.
vrec::Engine service() {
    vrec::Engine engine(options());
    add_videos(engine);
    for (int profile = 0; profile < 40; ++profile) {
        for (int at = 0; at < 4; ++at) {
            engine.record(watch("p" + std::to_string(profile), (profile % 4 + at) % 8));
        }
    }
    return engine;
}

vrec::PackExport pack_export(const std::string& path, std::uint64_t number) {
    vrec::PackExport options;
    options.path = path;
    options.line = "films";
    options.number = number;
    options.created = start;
    options.signing_key = seed;
    return options;
}

vrec::PackImport from(const std::string& path) {
    vrec::PackImport options;
    options.path = path;
    options.trusted_keys = {public_key};
    return options;
}

std::vector<std::uint8_t> bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

vrec::Query blend(const std::string& profile) {
    vrec::Query query;
    query.profile = profile;
    query.ranking = vrec::Ranking::blend;
    return query;
}

}  // namespace

TEST("a pack is made, described, taken and given back") {
    const test::Folder folder;
    const std::string first = folder.path.string() + "/1.pack";
    const std::string second = folder.path.string() + "/2.pack";
    const vrec::Engine service = ::service();
    service.export_pack(pack_export(first, 1));
    vrec::PackExport delta = pack_export(second, 2);
    delta.base_path = first;
    service.export_pack(delta);

    vrec::Engine engine(options());
    add_videos(engine);
    engine.record(watch("home", 1));
    THROWS(not_found, "no pack is in use", engine.pack());
    const vrec::PackDescription told = engine.pack(from(second));
    EQUAL(told.number, 2u);
    EQUAL(told.base_number, 1u);
    EQUAL(told.stored_bytes, bytes_of(second).size());
    THROWS(base, "there is none", engine.import_pack(from(second)));

    engine.import_pack(from(first));
    EQUAL(engine.recommend(blend("home"))[0].id, "v2");
    vrec::PackImport data = from("");
    data.data = bytes_of(second);
    data.line = "films";
    engine.import_pack(data);
    const vrec::PackDescription in_use = engine.pack();
    EQUAL(in_use.line, "films");
    EQUAL(in_use.number, 2u);
    EQUAL(in_use.before_number, 1u);
    CHECK(in_use.created == start);
    EQUAL(in_use.videos, 8u);
    CHECK(in_use.content_bytes > 0);
    EQUAL(in_use.epsilon, 0.0);
    EQUAL(in_use.home_share, 0.008f);
    CHECK(in_use.encoder.empty());
    CHECK(std::equal(in_use.key.begin(), in_use.key.end(), public_key.begin(), public_key.end()));
    THROWS(older, "number 2 is in use", engine.import_pack(from(first)));
    vrec::CancelToken cancelled;
    cancelled.cancel();
    vrec::CallOptions bounds;
    bounds.cancel = &cancelled;
    THROWS(cancelled, "cancelled", engine.revert_pack(bounds));
    engine.revert_pack();
    EQUAL(engine.pack().number, 1u);
    engine.revert_pack();
    THROWS(not_found, "no pack is in use", engine.revert_pack());
}

TEST("packs that nobody vouches for are refused") {
    const test::Folder folder;
    const std::string path = folder.path.string() + "/1.pack";
    vrec::Engine service = ::service();
    vrec::PackExport noisy = pack_export(path, 1);
    noisy.epsilon = 8;
    noisy.delta = 1e-3;
    noisy.most_watches = 4;
    service.export_pack(noisy);
    const vrec::PackDescription told = service.pack(from(path));
    EQUAL(told.epsilon, 8.0);
    EQUAL(told.delta, 1e-3);
    EQUAL(told.most_watches, 4u);
    EQUAL(told.home_share, 0.0f);

    vrec::PackImport no_keys = from(path);
    no_keys.trusted_keys.clear();
    THROWS(invalid_argument, "trusted_keys", service.import_pack(no_keys));
    vrec::PackImport small = from(path);
    small.most_file_bytes = 10;
    THROWS(limit, "the limit is 10", service.import_pack(small));
    vrec::PackImport damaged = from("");
    damaged.data = bytes_of(path);
    damaged.data[100] ^= 1;
    THROWS(signature, "none of the 1 trusted keys", service.import_pack(damaged));
    vrec::PackExport short_key = pack_export(path, 2);
    short_key.signing_key.pop_back();
    THROWS(invalid_argument, "signing_key", service.export_pack(short_key));
    vrec::PackExport large = pack_export(path, 2);
    large.weights_per_item = 10'001;
    THROWS(invalid_argument, "weights_per_item is 10001", service.export_pack(large));
    large.pairs_per_item = 10'001;
    THROWS(invalid_argument, "pairs_per_item is 10001", service.export_pack(large));
    large.transitions_per_item = 10'001;
    THROWS(invalid_argument, "transitions_per_item is 10001", service.export_pack(large));
}

namespace {

// Users who go by the numbers of thirty videos, but for those that they leave out.
vrec::Engine in_order(int users) {
    vrec::Options options;
    options.feature_weights = {{vrec::Feature::transitions, 0.1F}, {vrec::Feature::item_neighbours, 1}};
    vrec::Engine engine(options);
    for (int number = 0; number < 30; ++number) {
        engine.add_video(video("v" + std::to_string(number), {1, static_cast<float>(number)}));
    }
    std::minstd_rand drawn(1);
    for (int user = 0; user < users; ++user) {
        int number = user * 7;
        for (int place = 0; place < 12; ++place) {
            vrec::Event event = watch("p" + std::to_string(user), number % 30);
            event.time = start + std::chrono::hours(place);
            engine.record(event);
            number += 1 + static_cast<int>(drawn() % 3);
        }
    }
    return engine;
}

float weight_of(const vrec::LearnedWeights& learned, vrec::Feature feature) {
    const auto is_it = [&](const vrec::FeatureWeight& entry) { return entry.feature == feature; };
    const auto found = std::find_if(learned.weights.begin(), learned.weights.end(), is_it);
    return found == learned.weights.end() ? 0 : found->weight;
}

}  // namespace

TEST("weights are learned, and a pack takes those that it is given") {
    const vrec::Engine few = in_order(5);
    const vrec::LearnedWeights kept = few.learn_weights();
    CHECK(kept.outcome == vrec::WeightsOutcome::too_few);
    EQUAL(kept.weights.size(), 2u);
    EQUAL(weight_of(kept, vrec::Feature::item_neighbours), 1.0F);

    const vrec::Engine service = in_order(52);
    vrec::TrainOptions options;
    options.threads = 2;
    const vrec::LearnedWeights learned = service.learn_weights(options);
    CHECK(learned.outcome == vrec::WeightsOutcome::learned);
    CHECK(weight_of(learned, vrec::Feature::transitions) > 0.2F * weight_of(learned, vrec::Feature::item_neighbours));
    CHECK(learned.gain > learned.plus_minus);
    CHECK(learned.ndcg_after > learned.ndcg_before);
    CHECK(learned.choosing_lists >= 100 && learned.confirming_lists >= 100);
    options.threads = 65;
    THROWS(limit, "64", service.learn_weights(options));
    options = {};
    options.memory_limit_bytes = 1000;
    THROWS(memory_limit, "1000", service.learn_weights(options));
    vrec::CancelToken token;
    token.cancel();
    vrec::CallOptions call;
    call.cancel = &token;
    THROWS(cancelled, "", service.learn_weights({}, call));

    const test::Folder folder;
    vrec::PackExport pack = pack_export(folder.path.string() + "/1.pack", 1);
    pack.feature_weights = learned.weights;
    service.export_pack(pack);
    vrec::Engine set;
    for (int number = 0; number < 30; ++number) {
        set.add_video(video("v" + std::to_string(number), {1, static_cast<float>(number % 7)}));
    }
    set.import_pack(from(pack.path));
    set.record(watch("home", 10));
    vrec::Query said = blend("home");
    said.feature_weights = learned.weights;
    const vrec::Results as_said = set.recommend(said);
    const vrec::Results as_packed = set.recommend(blend("home"));
    EQUAL(as_packed.size(), as_said.size());
    for (std::size_t place = 0; place < as_said.size(); ++place) {
        EQUAL(as_packed[place].id, as_said[place].id);
        EQUAL(as_packed[place].score, as_said[place].score);
    }
    THROWS(invalid_argument, "pack in use", set.learn_weights());
    pack.feature_weights = {{vrec::Feature::ease, 1}, {vrec::Feature::ease, 2}};
    THROWS(invalid_argument, "feature_weights[1]", service.export_pack(pack));
}
