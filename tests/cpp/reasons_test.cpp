// Results::reasons and Engine::explain.
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "test.hpp"

using test::video;
using vrec::BlockKind;
using vrec::ReasonKind;

namespace {

vrec::Engine house() {
    vrec::Engine engine;
    vrec::Video robots = video("robots", {1, 0, 0});
    robots.title = "Robots";
    robots.tags = {"Machines"};
    vrec::Video brains = video("brains", {1, 0.5F, 0});
    brains.title = "深度学习基础";
    brains.min_age = 18;
    engine.add_videos({robots, brains, video("yoga", {0, 0, 1})});
    engine.record({vrec::EventKind::complete, "robots"});
    return engine;
}

double sum(const std::vector<vrec::Reason>& reasons) {
    double sum = 0;
    for (const vrec::Reason& reason : reasons) {
        sum += static_cast<double>(reason.weight);
    }
    return sum;
}

}  // namespace

TEST("the reasons of a result sum to its score") {
    const vrec::Engine engine = house();
    vrec::Query query;
    for (const vrec::Ranking ranking : {vrec::Ranking::taste, vrec::Ranking::blend}) {
        query.ranking = ranking;
        const vrec::Results results = engine.recommend(query);
        EQUAL(results.size(), 2U);
        for (std::size_t index = 0; index < results.size(); ++index) {
            const float score = results[index].score;
            EQUAL(std::abs(sum(results.reasons(index)) - static_cast<double>(score)) < 1e-5, true);
        }
        const vrec::Reason first = results.reasons(0).at(0);
        EQUAL(first.kind == ReasonKind::taste, true);
        EQUAL(first.evidence_id, "robots");
        EQUAL(first.english, "Because you watched “Robots”");
        EQUAL(first.chinese, "因为你看过《Robots》");
        bool thrown = false;
        try {
            (void)results.reasons(2);
        } catch (const std::out_of_range&) {
            thrown = true;
        }
        EQUAL(thrown, true);
    }
}

TEST("any video is explained, with all that keeps it out") {
    const vrec::Engine engine = house();
    const vrec::Explanation listed = engine.explain("brains");
    EQUAL(listed.rank, 1U);
    EQUAL(listed.allowed, 2U);
    EQUAL(listed.title, "深度学习基础");
    EQUAL(listed.blocks.empty(), true);
    EQUAL(listed.score.has_value(), true);
    EQUAL(std::abs(sum(listed.reasons) - static_cast<double>(*listed.score)) < 1e-5, true);

    vrec::Query query;
    query.filter.emplace().viewer_age = 12;
    query.exclude = {"brains"};
    const vrec::Explanation blocked = engine.explain("brains", query);
    EQUAL(blocked.rank, 0U);
    EQUAL(blocked.blocks.size(), 2U);
    EQUAL(blocked.blocks[0].kind == BlockKind::age, true);
    EQUAL(blocked.blocks[0].found, 18);
    EQUAL(blocked.blocks[0].asked, 12);
    EQUAL(blocked.blocks[0].english, "Blocked: for ages from 18, the viewer's limit is 12");
    EQUAL(blocked.blocks[1].kind == BlockKind::excluded, true);
    EQUAL(engine.explain("robots").blocks.at(0).kind == BlockKind::watched, true);
    query.profile = "nobody";
    EQUAL(engine.explain("yoga", query).score.has_value(), false);
    THROWS(not_found, "nowhere", engine.explain("nowhere"));
}
