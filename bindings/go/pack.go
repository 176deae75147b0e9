package vrec

// #include "native.h"
import "C"

import (
	"fmt"
	"math"
	"time"
	"unsafe"
)

// packer gathers what a call takes in three blocks without pointers, which is what C may be given.
// The zero value is ready for use.
type packer struct {
	text    []byte
	ends    []C.uint64_t
	numbers []float32
}

func (p *packer) span(text string) C.vrec_go_span {
	start := len(p.text)
	p.text = append(p.text, text...)
	return C.vrec_go_span{start: C.uint64_t(start), length: C.uint64_t(len(text))}
}

func (p *packer) texts(list []string) C.vrec_go_range {
	first := len(p.ends)
	p.ends = append(p.ends, C.uint64_t(len(p.text)))
	for _, text := range list {
		p.text = append(p.text, text...)
		p.ends = append(p.ends, C.uint64_t(len(p.text)))
	}
	return C.vrec_go_range{first: C.uint64_t(first), count: C.uint64_t(len(list))}
}

func (p *packer) vector(vector []float32) C.vrec_go_range {
	first := len(p.numbers)
	p.numbers = append(p.numbers, vector...)
	return C.vrec_go_range{first: C.uint64_t(first), count: C.uint64_t(len(vector))}
}

func (p *packer) video(video *Video) C.vrec_go_video {
	return C.vrec_go_video{
		id:          p.span(video.ID),
		title:       p.span(video.Title),
		description: p.span(video.Description),
		language:    p.span(video.Language),
		tags:        p.texts(video.Tags),
		comments:    p.texts(video.Comments),
		vector:      p.vector(video.Vector),
	}
}

func (p *packer) event(event *Event) C.vrec_go_event {
	at := event.Time
	if at.IsZero() {
		at = time.Now()
	}
	return C.vrec_go_event{
		profile:     p.span(event.Profile),
		video_id:    p.span(event.VideoID),
		time_utc_ms: C.int64_t(at.UnixMilli()),
		position_ms: C.int64_t(event.Position.Milliseconds()),
		duration_ms: C.int64_t(event.Duration.Milliseconds()),
		kind:        C.int32_t(event.Kind),
		rating:      C.float(event.Rating),
	}
}

func (p *packer) question(from C.int32_t, subject string, query *Query) (C.vrec_go_question, error) {
	limit, err := count("Limit", query.Limit)
	if err != nil {
		return C.vrec_go_question{}, err
	}
	return C.vrec_go_question{
		from:      from,
		watched:   C.int32_t(query.Watched),
		limit:     limit,
		min_score: C.float(query.MinScore),
		subject:   p.span(subject),
		profile:   p.span(query.Profile),
		exclude:   p.texts(query.Exclude),
	}, nil
}

// nothing is the block of no text: C may not count from nil.
var nothing [1]byte

// bytes is the text as C sees it.
func (p *packer) bytes() *C.char {
	if len(p.text) == 0 {
		return (*C.char)(unsafe.Pointer(&nothing[0]))
	}
	return (*C.char)(unsafe.Pointer(&p.text[0]))
}

// offsets is every list's offsets as C sees them, nil without lists.
func (p *packer) offsets() *C.uint64_t {
	return start(p.ends)
}

// floats is every vector as C sees them, nil without vectors.
func (p *packer) floats() *C.float {
	return (*C.float)(start(p.numbers))
}

// start is where a slice lies, nil for an empty one.
func start[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// count is an int as the library takes it. What does not fit is over every limit of the library.
func count(name string, value int) (C.uint32_t, error) {
	if value < 0 {
		return 0, &Error{Code: ErrInvalidArgument, Message: fmt.Sprintf("%s is %d, below zero", name, value)}
	}
	if uint64(value) > math.MaxUint32 {
		return math.MaxUint32, nil
	}
	return C.uint32_t(value), nil
}

// unpack copies a list out of the library's columns, each text column in one piece.
func unpack(columns *C.vrec_columns) []Recommendation {
	count := int(columns.count)
	ids := texts(columns.ids, columns.id_offsets, count)
	titles := texts(columns.titles, columns.title_offsets, count)
	becauseIDs := texts(columns.because_ids, columns.because_id_offsets, count)
	matchedTexts := texts(columns.matched_texts, columns.matched_text_offsets, count)
	scores := unsafe.Slice(columns.scores, count)
	matchedFields := unsafe.Slice(columns.matched_fields, count)
	matchedScores := unsafe.Slice(columns.matched_scores, count)

	list := make([]Recommendation, count)
	for i := range list {
		list[i] = Recommendation{
			ID:           ids(i),
			Title:        titles(i),
			Score:        float32(scores[i]),
			BecauseID:    becauseIDs(i),
			MatchedField: Field(matchedFields[i]),
			MatchedText:  matchedTexts(i),
			MatchedScore: float32(matchedScores[i]),
		}
	}
	return list
}

// texts copies a column of texts and returns what gives the text of a row.
func texts(block *C.char, offsets *C.uint64_t, count int) func(row int) string {
	ends := unsafe.Slice(offsets, count+1)
	all := string(unsafe.Slice((*byte)(unsafe.Pointer(block)), int(ends[count])))
	return func(row int) string { return all[ends[row]:ends[row+1]] }
}
