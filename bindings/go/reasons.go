package vrec

// #include "native.h"
import "C"

import (
	"context"
	"unsafe"
)

// ReasonKind is what a reason is; the meaning of each is in vrec.h. A newer library may give others.
type ReasonKind int32

// The kinds of reasons: those of features, and others.
const (
	ReasonTransitions    ReasonKind = C.VREC_REASON_TRANSITIONS
	ReasonItemNeighbours ReasonKind = C.VREC_REASON_ITEM_NEIGHBOURS
	ReasonUserNeighbours ReasonKind = C.VREC_REASON_USER_NEIGHBOURS
	ReasonEASE           ReasonKind = C.VREC_REASON_EASE
	ReasonFactors        ReasonKind = C.VREC_REASON_FACTORS
	ReasonGraphWalk      ReasonKind = C.VREC_REASON_GRAPH_WALK
	ReasonPopularity     ReasonKind = C.VREC_REASON_POPULARITY
	ReasonTrend          ReasonKind = C.VREC_REASON_TREND
	ReasonContext        ReasonKind = C.VREC_REASON_CONTEXT
	ReasonContent        ReasonKind = C.VREC_REASON_CONTENT
	ReasonTaste          ReasonKind = C.VREC_REASON_TASTE
	ReasonAttention      ReasonKind = C.VREC_REASON_ATTENTION
	ReasonInterests      ReasonKind = C.VREC_REASON_INTERESTS
	ReasonFreshness      ReasonKind = C.VREC_REASON_FRESHNESS
	ReasonSequence       ReasonKind = C.VREC_REASON_SEQUENCE
	ReasonSimilar        ReasonKind = C.VREC_REASON_SIMILAR
	ReasonTitle          ReasonKind = C.VREC_REASON_TITLE
	ReasonText           ReasonKind = C.VREC_REASON_TEXT
	ReasonBoost          ReasonKind = C.VREC_REASON_BOOST
	ReasonBury           ReasonKind = C.VREC_REASON_BURY
	ReasonPin            ReasonKind = C.VREC_REASON_PIN
	ReasonImpressions    ReasonKind = C.VREC_REASON_IMPRESSIONS
	ReasonRotation       ReasonKind = C.VREC_REASON_ROTATION
	ReasonNewPlace       ReasonKind = C.VREC_REASON_NEW_PLACE
	ReasonDiversity      ReasonKind = C.VREC_REASON_DIVERSITY
	ReasonExplorePlace   ReasonKind = C.VREC_REASON_EXPLORE_PLACE
	ReasonContinue       ReasonKind = C.VREC_REASON_CONTINUE
	ReasonNext           ReasonKind = C.VREC_REASON_NEXT
	ReasonNewEpisode     ReasonKind = C.VREC_REASON_NEW_EPISODE
	ReasonLeavingSoon    ReasonKind = C.VREC_REASON_LEAVING_SOON
	ReasonOnNow          ReasonKind = C.VREC_REASON_ON_NOW
	ReasonNewForYou      ReasonKind = C.VREC_REASON_NEW_FOR_YOU
	ReasonExplore        ReasonKind = C.VREC_REASON_EXPLORE
)

// Reason is one term of a score. Those of a video sum to its score; a negative one speaks against it.
type Reason struct {
	Kind   ReasonKind
	Weight float32
	// EvidenceID is the watched video that brought most of it, or for Similar the one asked about. Empty: no single one.
	EvidenceID string
	// EvidenceText is what says most: a tag that both videos have, the circumstance that the video is watched in, the
	// beginning of the field, or the title of the video in EvidenceID. Empty: nothing.
	EvidenceText string
	// EvidenceField is the field of the listed video that it is the part of.
	EvidenceField Field
	// English and Chinese are sentences for viewers, without a full stop; the second in simplified characters.
	English string
	Chinese string
}

// BlockKind is what keeps a video out of a list; the meaning of each is in vrec.h. A newer library may give others.
type BlockKind int32

// What keeps videos out.
const (
	BlockedAge              BlockKind = C.VREC_BLOCK_AGE
	BlockedAgeUnknown       BlockKind = C.VREC_BLOCK_AGE_UNKNOWN
	BlockedNotYetAvailable  BlockKind = C.VREC_BLOCK_NOT_YET_AVAILABLE
	BlockedExpired          BlockKind = C.VREC_BLOCK_EXPIRED
	BlockedEntitlement      BlockKind = C.VREC_BLOCK_ENTITLEMENT
	BlockedAudioLanguage    BlockKind = C.VREC_BLOCK_AUDIO_LANGUAGE
	BlockedSubtitleLanguage BlockKind = C.VREC_BLOCK_SUBTITLE_LANGUAGE
	BlockedKind             BlockKind = C.VREC_BLOCK_KIND
	BlockedAnyTag           BlockKind = C.VREC_BLOCK_ANY_TAG
	BlockedMissingTag       BlockKind = C.VREC_BLOCK_MISSING_TAG
	BlockedForbiddenTag     BlockKind = C.VREC_BLOCK_FORBIDDEN_TAG
	BlockedHidden           BlockKind = C.VREC_BLOCK_HIDDEN
	BlockedWatched          BlockKind = C.VREC_BLOCK_WATCHED
	BlockedExcluded         BlockKind = C.VREC_BLOCK_EXCLUDED
	BlockedNoVector         BlockKind = C.VREC_BLOCK_NO_VECTOR
	BlockedBelowMinScore    BlockKind = C.VREC_BLOCK_BELOW_MIN_SCORE
	BlockedNoTaste          BlockKind = C.VREC_BLOCK_NO_TASTE
	BlockedHiddenSeries     BlockKind = C.VREC_BLOCK_HIDDEN_SERIES
	BlockedSnoozed          BlockKind = C.VREC_BLOCK_SNOOZED
)

// Block is one cause that keeps a video out of a list.
type Block struct {
	Kind BlockKind
	// Found and Asked are what the video has and what the query asks for: years for an age, milliseconds since
	// 1970-01-01 UTC for availability; else 0.
	Found int64
	Asked int64
	// Text has the tags, languages or kinds that the query asks for or leaves out. Empty: none.
	Text string
	// English and Chinese are sentences, without a full stop; the second in simplified characters.
	English string
	Chinese string
}

// Explanation is how one video stands with a query.
type Explanation struct {
	Title string
	// HasScore is false without a vector, and where there is no taste to score by.
	HasScore bool
	// Score is what Recommend would give it, blocked or not.
	Score float32
	// Rank is its place among the videos that nothing keeps out, from 1 on, in the order of the query's list. 0: blocked.
	Rank uint64
	// Allowed is how many videos nothing keeps out but their scores.
	Allowed uint64
	// Reasons sum to the score, the largest first.
	Reasons []Reason
	// Blocks are all that keeps it out; none: nothing does.
	Blocks []Block
}

// Explain gives how any one video stands with a query, whether Recommend would list it or not: its score, the reasons for
// that and its rank among all videos, or all that keeps it out.
//
// Errors: ErrNotFound for an unknown video, and those of Recommend.
func (e *Engine) Explain(ctx context.Context, videoID string, query Query) (Explanation, error) {
	var packed packer
	question, err := packed.question(C.VREC_GO_TASTE, videoID, &query)
	if err != nil {
		return Explanation{}, err
	}
	weights := featureWeights(query.FeatureWeights)
	question.feature_weight_count = C.uint64_t(len(weights))
	var answer C.vrec_go_explanation
	defer func() { C.vrec_explanation_destroy(answer.explanation) }()
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_explain(engine, &question, packed.bytes(), packed.offsets(), start(packed.kinds), start(weights),
			bounds, &answer, failed)
	})
	if err != nil {
		return Explanation{}, err
	}
	fields := &answer.fields
	return Explanation{
		Title:    C.GoStringN(fields.title, C.int(fields.title_len)),
		HasScore: fields.has_score != 0,
		Score:    float32(fields.score),
		Rank:     uint64(fields.rank),
		Allowed:  uint64(fields.allowed_count),
		Reasons:  unpackReasons(&answer.reasons)[0],
		Blocks:   unpackBlocks(fields),
	}, nil
}

// unpackReasons copies reasons out of the library's columns, for each video its own.
func unpackReasons(columns *C.vrec_reason_columns) [][]Reason {
	count := int(columns.reason_count)
	ids := texts(columns.evidence_ids, columns.evidence_id_offsets, count)
	evidence := texts(columns.evidence_texts, columns.evidence_text_offsets, count)
	english := texts(columns.english, columns.english_offsets, count)
	chinese := texts(columns.chinese, columns.chinese_offsets, count)
	kinds, weights := unsafe.Slice(columns.kinds, count), unsafe.Slice(columns.weights, count)
	fields := unsafe.Slice(columns.evidence_fields, count)
	ends := unsafe.Slice(columns.reason_offsets, int(columns.count)+1)

	all := make([]Reason, count)
	for i := range all {
		all[i] = Reason{
			Kind:          ReasonKind(kinds[i]),
			Weight:        float32(weights[i]),
			EvidenceID:    ids(i),
			EvidenceText:  evidence(i),
			EvidenceField: Field(fields[i]),
			English:       english(i),
			Chinese:       chinese(i),
		}
	}
	videos := make([][]Reason, int(columns.count))
	for i := range videos {
		videos[i] = all[ends[i]:ends[i+1]:ends[i+1]]
	}
	return videos
}

// unpackBlocks copies what keeps a video out of the library's columns.
func unpackBlocks(fields *C.vrec_explained_fields) []Block {
	count := int(fields.block_count)
	asked := texts(fields.block_texts, fields.block_text_offsets, count)
	english := texts(fields.block_english, fields.block_english_offsets, count)
	chinese := texts(fields.block_chinese, fields.block_chinese_offsets, count)
	kinds := unsafe.Slice(fields.block_kinds, count)
	founds, askeds := unsafe.Slice(fields.block_found, count), unsafe.Slice(fields.block_asked, count)

	blocks := make([]Block, count)
	for i := range blocks {
		blocks[i] = Block{
			Kind:    BlockKind(kinds[i]),
			Found:   int64(founds[i]),
			Asked:   int64(askeds[i]),
			Text:    asked(i),
			English: english(i),
			Chinese: chinese(i),
		}
	}
	return blocks
}
