// What the types promise, most of it when compiling. The header comes first, so that this file also
// shows it stands alone; with the other files it shows it can be included in several.
#include "vrec.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>

#include "test.hpp"

static_assert(!std::is_copy_constructible_v<vrec::Engine> && !std::is_copy_assignable_v<vrec::Engine>);
static_assert(std::is_nothrow_move_constructible_v<vrec::Engine> && std::is_nothrow_move_assignable_v<vrec::Engine>);
static_assert(!std::is_copy_constructible_v<vrec::Results> && !std::is_copy_assignable_v<vrec::Results>);
static_assert(std::is_nothrow_move_constructible_v<vrec::Results> && std::is_nothrow_move_assignable_v<vrec::Results>);
static_assert(!std::is_default_constructible_v<vrec::Results>);
static_assert(!std::is_copy_constructible_v<vrec::Neighbours> && !std::is_copy_assignable_v<vrec::Neighbours>);
static_assert(std::is_nothrow_move_constructible_v<vrec::Neighbours>);
static_assert(std::is_nothrow_move_assignable_v<vrec::Neighbours>);
static_assert(std::is_nothrow_copy_constructible_v<vrec::CancelToken>);
static_assert(std::is_nothrow_move_constructible_v<vrec::CancelToken>);
static_assert(std::is_nothrow_copy_constructible_v<vrec::Error> && std::is_base_of_v<std::runtime_error, vrec::Error>);
#if __cplusplus >= 202002L
static_assert(std::random_access_iterator<vrec::Results::Iterator>);
static_assert(std::random_access_iterator<vrec::Neighbours::Iterator>);
static_assert(std::random_access_iterator<vrec::NeighbourList::Iterator>);
#endif

namespace {

vrec::Engine line_of_three() {
    vrec::Engine engine;
    engine.add_videos({test::video("a", {1, 0}), test::video("b", {0.8F, 0.6F}), test::video("c", {0.6F, 0.8F}),
                       test::video("d", {0, 1})});
    return engine;
}

}  // namespace

TEST("the library and the header are of one ABI") {
    EQUAL(vrec::abi_version(), static_cast<std::uint32_t>(VREC_ABI_VERSION));
    CHECK(std::count(vrec::version(), vrec::version() + std::string_view(vrec::version()).size(), '.') == 2);
    const vrec_api* api = vrec_get_api(VREC_ABI_VERSION);
    CHECK(api != nullptr && api->vrec_create == vrec_create);
    CHECK(vrec_get_api(VREC_ABI_VERSION + 1) == nullptr);
    EQUAL(vrec_abi_check(VREC_ABI_VERSION + 1), VREC_E_ABI);
}

TEST("codes have names, unknown ones too") {
    EQUAL(std::string(vrec::name(vrec::Code::ok)), "VREC_OK");
    EQUAL(std::string(vrec::name(vrec::Code::runtime_version)), "VREC_E_RUNTIME_VERSION");
    EQUAL(std::string(vrec::name(vrec::Code::provider)), "VREC_E_PROVIDER");
    EQUAL(std::string(vrec::name(static_cast<vrec::Code>(-999))), "VREC_E_UNKNOWN");
}

TEST("an error is a runtime_error with code, name and message, and can be kept") {
    std::exception_ptr kept;
    {
        vrec::Engine engine;
        try {
            engine.remove_video("nobody");
        } catch (const std::runtime_error&) {
            kept = std::current_exception();
        }
    }
    try {
        CHECK(kept != nullptr);
        std::rethrow_exception(kept);
    } catch (const vrec::Error& error) {
        const vrec::Error copy = error;
        CHECK(copy.code() == vrec::Code::not_found);
        EQUAL(std::string(copy.name()), "VREC_E_NOT_FOUND");
        CHECK(std::string(copy.what()).find("nobody") != std::string::npos);
    }
}

TEST("results can be walked, indexed and given to algorithms") {
    const vrec::Results results = line_of_three().similar("a");
    EQUAL(results.size(), 3U);
    CHECK(!results.empty());
    EQUAL(test::ids(results), "b c d");
    EQUAL(results[1].id, "c");
    EQUAL(results.at(2).title, "title of d");
    try {
        results.at(3);
        test::fail(__FILE__, __LINE__, "at(3) did not throw");
    } catch (const std::out_of_range& error) {
        CHECK(std::string(error.what()).find('3') != std::string::npos);
    }

    auto at = results.begin();
    EQUAL(at->id, "b");
    EQUAL((*at++).id, "b");
    EQUAL((*++at).id, "d");
    EQUAL((--at)->id, "c");
    EQUAL((at--)->id, "c");
    CHECK(at == results.begin() && at < results.end() && results.end() > at && at <= at && at >= at);
    EQUAL(results.end() - at, 3);
    EQUAL((at + 1)->id, "c");
    EQUAL((2 + at)->id, "d");
    EQUAL((results.end() - 1)[0].id, "d");
    EQUAL(at[2].id, "d");

    const auto found = std::find_if(results.begin(), results.end(),
                                    [](const vrec::Recommendation& item) { return item.score < 0.7F; });
    CHECK(found != results.end());
    EQUAL(found->id, "c");
    EQUAL(std::distance(results.begin(), results.end()), 3);
}

TEST("results outlive their engine, and their texts outlive a move") {
    auto engine = std::make_unique<vrec::Engine>(line_of_three());
    vrec::Results first = engine->similar("d");
    engine.reset();
    const vrec::Recommendation kept = first[0];
    vrec::Results second = std::move(first);
    EQUAL(kept.id, "c");
    EQUAL(test::ids(second), "c b a");
    CHECK(first.empty() && first.begin() == first.end() && first.columns().ids == nullptr);

    vrec::Results third = line_of_three().similar("a");
    third = std::move(second);
    EQUAL(test::ids(third), "c b a");
    CHECK(second.empty());
    vrec::Results& same = third;
    third = std::move(same);
    EQUAL(test::ids(third), "c b a");
    CHECK(third.columns().struct_size == sizeof(vrec_columns) && third.columns().count == 3);
}

TEST("an empty list has no ends to trip over") {
    const vrec::Results nothing = vrec::Engine().recommend();
    CHECK(nothing.empty() && nothing.size() == 0 && nothing.begin() == nothing.end());
    CHECK(nothing.columns().ids != nullptr);
}

TEST("a moved-from engine throws, the moved-to one goes on") {
    vrec::Engine first = line_of_three();
    vrec::Engine second = std::move(first);
    EQUAL(second.count(), 4U);
    CHECK(first.handle() == nullptr && second.handle() != nullptr);
    THROWS(invalid_argument, "engine is NULL", first.count());
    THROWS(invalid_argument, "engine is NULL", first.dimensions());
    THROWS(invalid_argument, "engine is NULL", first.statistics());
    THROWS(invalid_argument, "engine is NULL", first.load_encoder());
    THROWS(invalid_argument, "engine is NULL", first.describe_encoder());
    THROWS(invalid_argument, "engine is NULL", first.wait_for_embeddings());
    THROWS(invalid_argument, "engine is NULL", first.trim());
    THROWS(invalid_argument, "engine is NULL", first.embed("text"));
    THROWS(invalid_argument, "engine is NULL", first.embed_batch({"text"}));
    THROWS(invalid_argument, "engine is NULL", first.add_video({}));
    THROWS(invalid_argument, "engine is NULL", first.add_videos({}));
    THROWS(invalid_argument, "engine is NULL", first.remove_video("a"));
    THROWS(invalid_argument, "engine is NULL", first.record({}));
    THROWS(invalid_argument, "engine is NULL", first.record_batch({}));
    THROWS(invalid_argument, "engine is NULL", first.recommend());
    THROWS(invalid_argument, "engine is NULL", first.similar("a"));
    THROWS(invalid_argument, "engine is NULL", first.search("text"));
    THROWS(invalid_argument, "engine is NULL", first.nearest({}));
    first = std::move(second);
    EQUAL(first.count(), 4U);
}

TEST("copies of a token share its switch, a moved-from token does nothing") {
    vrec::CancelToken first;
    vrec::CancelToken copy = first;
    vrec::CancelToken assigned;
    assigned = first;
    vrec::CancelToken moved = std::move(first);
    CHECK(first.handle() == nullptr && !copy.is_cancelled());
    first.cancel();
    const vrec::CancelToken copy_of_nothing = first;
    CHECK(!first.is_cancelled() && !copy_of_nothing.is_cancelled() && !moved.is_cancelled());
    assigned.cancel();
    CHECK(copy.is_cancelled() && moved.is_cancelled() && assigned.is_cancelled());
    const vrec::CancelToken& same = copy;
    copy = same;
    CHECK(copy.is_cancelled());
}

#if __cplusplus >= 202002L
TEST("records can be written with the names of their fields") {
    vrec::Engine engine({.dimensions = 2});
    engine.add_video({.id = "a", .title = "A", .vector = {1, 0}});
    engine.record({.kind = vrec::EventKind::rate, .video_id = "a", .rating = 4.5F});
    EQUAL(engine.recommend({.limit = 5, .watched = vrec::Watched::include}).size(), 1U);
}
#endif
