// The profiles of a household: Engine::create_profile and what follows from it.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "test.hpp"

using test::ids;
using test::video;
using vrec::Profile;
using vrec::ProfileKind;

namespace {

Profile profile(const std::string& id, ProfileKind kind, std::int32_t age_limit = 0) {
    Profile one;
    one.id = id;
    one.kind = kind;
    one.age_limit = age_limit;
    return one;
}

// The profiles' ids with their age limits, the current one in brackets.
std::string listed(const vrec::Engine& engine) {
    std::string text;
    for (const Profile& one : engine.profiles()) {
        const std::string entry = one.id + ":" + std::to_string(one.age_limit);
        text += (text.empty() ? "" : " ") + (one.is_current ? "[" + entry + "]" : entry);
    }
    return text;
}

}  // namespace

TEST("a household has profiles of every kind") {
    vrec::Engine engine;
    EQUAL(listed(engine), "");
    engine.create_profile(profile("zoe", ProfileKind::adult));
    engine.create_profile(profile("mia", ProfileKind::teen));
    engine.create_profile(profile("tom", ProfileKind::child, 6));
    engine.create_profile(profile("all", ProfileKind::everyone));
    engine.create_profile(profile("visitor", ProfileKind::guest, vrec::age_limit_none));
    engine.switch_profile("tom");
    EQUAL(listed(engine), "zoe:-1 mia:16 [tom:6] all:6 visitor:-1");
    EQUAL(engine.profiles()[1].name, "mia");
    EQUAL(engine.profiles()[3].kind == ProfileKind::everyone, true);

    engine.rename_profile("mia", "米娅");
    engine.set_profile_kind("tom", ProfileKind::teen);
    EQUAL(engine.profiles()[1].name, "米娅");
    EQUAL(listed(engine), "zoe:-1 mia:16 [tom:16] all:16 visitor:-1");
    engine.forget_profile("tom");
    engine.forget_profile("visitor");
    EQUAL(listed(engine), "zoe:-1 mia:16 all:16");

    THROWS(invalid_argument, "mia", engine.create_profile(profile("mia", ProfileKind::adult)));
    THROWS(invalid_argument, "\"all\"", engine.create_profile(profile("more", ProfileKind::everyone)));
    THROWS(invalid_argument, "age_limit", engine.create_profile(profile("kim", ProfileKind::child, -1)));
    THROWS(invalid_argument, "age_limit", engine.set_profile_kind("mia", ProfileKind::teen, 100));
    THROWS(invalid_argument, "name", engine.rename_profile("mia", " "));
    THROWS(not_found, "tom", engine.switch_profile("tom"));
}

TEST("lists keep the age limit of a profile") {
    vrec::Engine engine;
    const std::vector<std::int32_t> ages{vrec::min_age_none, 6, 18, 0};
    const std::vector<std::string> names{"seed", "young", "old", "unknown"};
    for (std::size_t index = 0; index < names.size(); ++index) {
        vrec::Video one = video(names[index], {1, static_cast<float>(index), 0});
        one.min_age = ages[index];
        engine.add_video(one);
    }
    engine.create_profile(profile("tom", ProfileKind::child));
    vrec::Event like{vrec::EventKind::like, "seed"};
    THROWS(not_found, "current", engine.record(like));
    like.profile = "nobody";
    THROWS(not_found, "nobody", engine.record(like));
    engine.switch_profile("tom");
    like.profile.clear();
    engine.record(like);
    EQUAL(ids(engine.recommend()), "seed young");
    EQUAL(ids(engine.similar("seed")), "young");
    vrec::Query adult;
    adult.profile = "nobody";
    THROWS(not_found, "nobody", engine.recommend(adult));
}
