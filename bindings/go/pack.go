package vrec

// #include "native.h"
import "C"

import (
	"fmt"
	"math"
	"sort"
	"time"
	"unsafe"
)

// packer gathers what a call takes in blocks without pointers, which is what C may be given.
// The zero value is ready for use.
type packer struct {
	text    []byte
	ends    []C.uint64_t
	numbers []float32
	kinds   []C.int32_t
	rules   []C.vrec_go_rule
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

		kind:                   C.int32_t(video.Kind),
		min_age:                years(video.MinAge),
		audio_languages:        p.texts(video.AudioLanguages),
		subtitle_languages:     p.texts(video.SubtitleLanguages),
		entitlements:           p.texts(video.Entitlements),
		available_from_utc_ms:  utcMilliseconds(video.AvailableFrom, -1),
		available_until_utc_ms: utcMilliseconds(video.AvailableUntil, -1),

		series_id:        p.span(video.SeriesID),
		season_number:    C.uint32_t(video.SeasonNumber),
		episode_number:   C.uint32_t(video.EpisodeNumber),
		duration_ms:      C.int64_t(video.Duration.Milliseconds()),
		credits_start_ms: C.int64_t(video.CreditsStart.Milliseconds()),
	}
}

// years is an age as the library takes it. What does not fit is no age.
func years(value int) C.int32_t {
	if value < math.MinInt32 || value > math.MaxInt32 {
		return math.MaxInt32
	}
	return C.int32_t(value)
}

// utcMilliseconds is a time as C takes it, where 0 means none: zero is the millisecond that stands for
// that one.
func utcMilliseconds(at time.Time, zero C.int64_t) C.int64_t {
	if at.IsZero() {
		return 0
	}
	if ms := C.int64_t(at.UnixMilli()); ms != 0 {
		return ms
	}
	return zero
}

func (p *packer) filter(filter *Filter) (C.vrec_go_filter, error) {
	age, err := count("ViewerAge", filter.ViewerAge)
	if err != nil {
		return C.vrec_go_filter{}, err
	}
	packed := C.vrec_go_filter{
		time_utc_ms:        utcMilliseconds(filter.Time, 1),
		viewer_age:         age,
		entitlements:       p.texts(filter.Entitlements),
		kinds:              C.vrec_go_range{first: C.uint64_t(len(p.kinds)), count: C.uint64_t(len(filter.Kinds))},
		audio_languages:    p.texts(filter.AudioLanguages),
		subtitle_languages: p.texts(filter.SubtitleLanguages),
		any_tags:           p.texts(filter.AnyTags),
		all_tags:           p.texts(filter.AllTags),
		no_tags:            p.texts(filter.NoTags),
	}
	packed.check_entitlements = flag(filter.CheckEntitlements)
	for _, kind := range filter.Kinds {
		p.kinds = append(p.kinds, C.int32_t(kind))
	}
	return packed, nil
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
		durability:  C.int32_t(event.Durability),
		within_ms:   milliseconds(event.Within),
		context:     circumstances(&event.Context),

		until_utc_ms: utcMilliseconds(event.Until, 1),
		propensity:   C.float(event.Propensity),
	}
}

func circumstances(context *Context) C.vrec_go_context {
	return C.vrec_go_context{
		device:             C.int32_t(context.Device),
		place:              C.int32_t(context.Place),
		company:            C.int32_t(context.Company),
		utc_offset_minutes: minutes(context.UTCOffset),
	}
}

// featureWeights is a list as the library takes it, whose structs hold no pointers.
func featureWeights(list []FeatureWeight) []C.vrec_feature_weight {
	weights := make([]C.vrec_feature_weight, len(list))
	for i, entry := range list {
		weights[i] = C.vrec_feature_weight{feature: C.int32_t(entry.Feature), weight: C.float(entry.Weight)}
	}
	return weights
}

// minutes is a time as the library takes it. What does not fit is out of its range.
func minutes(value time.Duration) C.int32_t {
	whole := int64(value / time.Minute)
	if whole < math.MinInt32 || whole > math.MaxInt32 {
		return math.MaxInt32
	}
	return C.int32_t(whole)
}

// milliseconds is a time as the library takes it. What does not fit is over its limit.
func milliseconds(value time.Duration) C.uint32_t {
	if value < 0 || value.Milliseconds() > math.MaxUint32 {
		return math.MaxUint32
	}
	return C.uint32_t(value.Milliseconds())
}

// provider packs its options in the order of their keys, so that equal maps give equal calls.
func (p *packer) provider(provider *Provider) (C.vrec_go_provider, error) {
	device, err := count("DeviceIndex", provider.DeviceIndex)
	if err != nil {
		return C.vrec_go_provider{}, err
	}
	keys := make([]string, 0, len(provider.Options))
	for key := range provider.Options {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	values := make([]string, len(keys))
	for i, key := range keys {
		values[i] = provider.Options[key]
	}
	var flags C.uint32_t
	if provider.AllowNext {
		flags |= C.VREC_PROVIDER_ALLOW_NEXT
	}
	if provider.AllowPartial {
		flags |= C.VREC_PROVIDER_ALLOW_PARTIAL
	}
	return C.vrec_go_provider{
		kind:               C.int32_t(provider.Kind),
		flags:              flags,
		library_path:       p.span(provider.LibraryPath),
		name:               p.span(provider.Name),
		option_keys:        p.texts(keys),
		option_values:      p.texts(values),
		memory_limit_bytes: C.uint64_t(provider.MemoryLimitBytes),
		device_index:       device,
	}, nil
}

func (p *packer) providers(list []Provider) ([]C.vrec_go_provider, error) {
	packed := make([]C.vrec_go_provider, len(list))
	for i := range list {
		one, err := p.provider(&list[i])
		if err != nil {
			return nil, err
		}
		packed[i] = one
	}
	return packed, nil
}

// modelFiles copies the contents to C's memory, to be freed with the engine.
func (p *packer) modelFiles(list []ModelFile) (packed []C.vrec_go_model_file, copies []unsafe.Pointer) {
	for _, file := range list {
		one := C.vrec_go_model_file{name: p.span(file.Name), data_len: C.size_t(len(file.Data))}
		if len(file.Data) > 0 {
			one.data = C.CBytes(file.Data)
			copies = append(copies, unsafe.Pointer(one.data))
		}
		packed = append(packed, one)
	}
	return packed, copies
}

func (p *packer) question(from C.int32_t, subject string, query *Query) (C.vrec_go_question, error) {
	limit, err := count("Limit", query.Limit)
	if err != nil {
		return C.vrec_go_question{}, err
	}
	question := C.vrec_go_question{
		from:       from,
		watched:    C.int32_t(query.Watched),
		limit:      limit,
		min_score:  C.float(query.MinScore),
		ranking:    C.int32_t(query.Ranking),
		now_utc_ms: utcMilliseconds(query.Now, 1),
		context:    circumstances(&query.Context),
		subject:    p.span(subject),
		profile:    p.span(query.Profile),
		exclude:    p.texts(query.Exclude),

		new_video_share:  C.float(query.NewVideoShare),
		search_ways:      C.uint32_t(query.SearchWays),
		diversity_method: C.int32_t(query.DiversityMethod),
		diversity:        C.float(query.Diversity),

		rotation_seed:           C.uint64_t(query.RotationSeed),
		impression_half_life_ms: C.int64_t(query.ImpressionHalfLife.Milliseconds()),
		impression_strength:     C.float(query.ImpressionStrength),
		rule_count:              C.uint64_t(len(query.Rules)),

		exploration_method: C.int32_t(query.ExplorationMethod),
		exploration_budget: C.float(query.ExplorationBudget),
		exploration_seed:   C.uint64_t(query.ExplorationSeed),
	}
	if question.exploration_slots, err = count("ExplorationSlots", query.ExplorationSlots); err != nil {
		return question, err
	}
	if question.rule_budget, err = count("RuleBudget", query.RuleBudget); err != nil {
		return question, err
	}
	if err = p.addRules(query.Rules); err != nil {
		return question, err
	}
	if query.Filter != nil {
		question.has_filter = 1
		question.filter, err = p.filter(query.Filter)
	}
	return question, err
}

// homeQuestion packs what a home screen asks for beside its query.
func (p *packer) homeQuestion(query *HomeQuery) (C.vrec_go_home_question, []C.vrec_go_row, error) {
	var home C.vrec_go_home_question
	fields := []struct {
		name   string
		value  int
		target *C.uint32_t
	}{
		{"RowLimit", query.RowLimit, &home.row_limit},
		{"RowSize", query.RowSize, &home.row_size},
		{"RowMinimum", query.RowMinimum, &home.row_minimum},
		{"NewDays", query.NewDays, &home.new_days},
		{"LeavingDays", query.LeavingDays, &home.leaving_days},
	}
	for _, field := range fields {
		value, err := count(field.name, field.value)
		if err != nil {
			return home, nil, err
		}
		*field.target = value
	}
	rows := make([]C.vrec_go_row, len(query.Rows))
	for i, row := range query.Rows {
		size, err := count(fmt.Sprintf("Rows[%d].Size", i), row.Size)
		if err != nil {
			return home, nil, err
		}
		rows[i] = C.vrec_go_row{kind: C.int32_t(row.Kind), size: size, seed_id: p.span(row.SeedID)}
	}
	return home, rows, nil
}

func (p *packer) addRules(rules []Rule) error {
	for i := range rules {
		position, err := count("Position", rules[i].Position)
		if err != nil {
			return err
		}
		p.rules = append(p.rules, C.vrec_go_rule{
			id:       p.span(rules[i].ID),
			action:   C.int32_t(rules[i].Action),
			target:   C.int32_t(rules[i].Target),
			amount:   C.float(rules[i].Amount),
			position: position,
		})
	}
	return nil
}

// vectorQuery packs the vectors one after the other, which C takes with one length for all.
func (p *packer) vectorQuery(query *VectorQuery) (C.vrec_go_vector_query, error) {
	limit, err := count("Limit", query.Limit)
	if err != nil {
		return C.vrec_go_vector_query{}, err
	}
	question := C.vrec_go_vector_query{
		fusion:       C.int32_t(query.Fusion),
		limit:        limit,
		min_score:    C.float(query.MinScore),
		centring:     C.int32_t(query.Centring),
		first_vector: C.uint64_t(len(p.numbers)),
		vector_count: C.uint64_t(len(query.Vectors)),
		language:     p.span(query.Language),
	}
	for i, vector := range query.Vectors {
		if length := len(query.Vectors[0]); len(vector) != length {
			message := fmt.Sprintf("vectors[%d]: the vector has %d elements, vectors[0] has %d", i, len(vector), length)
			return question, &Error{Code: ErrInvalidArgument, Message: message}
		}
		question.vector_len = C.uint64_t(len(vector))
		p.vector(vector)
	}
	// C reads as many weights as there are vectors.
	if len(query.Weights) != 0 && len(query.Weights) != len(query.Vectors) {
		message := fmt.Sprintf("there are %d weights for %d vectors", len(query.Weights), len(query.Vectors))
		return question, &Error{Code: ErrInvalidArgument, Message: message}
	}
	question.weights = p.vector(query.Weights)
	if query.Filter != nil {
		question.has_filter = 1
		question.filter, err = p.filter(query.Filter)
	}
	return question, err
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

// flag is a bool as the library takes it.
func flag(value bool) C.uint32_t {
	if value {
		return 1
	}
	return 0
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
	propensities := unsafe.Slice(columns.propensities, count)

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
			Propensity:   float32(propensities[i]),
		}
	}
	return list
}

// unpackCards copies cards out of the library's columns, each text column in one piece.
func unpackCards(columns *C.vrec_watch_card_columns) []WatchCard {
	count := int(columns.count)
	ids := texts(columns.ids, columns.id_offsets, count)
	titles := texts(columns.titles, columns.title_offsets, count)
	seriesIDs := texts(columns.series_ids, columns.series_id_offsets, count)
	kinds := unsafe.Slice(columns.kinds, count)
	positions, durations := unsafe.Slice(columns.positions_ms, count), unsafe.Slice(columns.durations_ms, count)
	seasons, episodes := unsafe.Slice(columns.season_numbers, count), unsafe.Slice(columns.episode_numbers, count)
	engaged := unsafe.Slice(columns.engaged_utc_ms, count)

	list := make([]WatchCard, count)
	for i := range list {
		list[i] = WatchCard{
			ID:            ids(i),
			Title:         titles(i),
			Kind:          WatchCardKind(kinds[i]),
			Position:      time.Duration(positions[i]) * time.Millisecond,
			Duration:      time.Duration(durations[i]) * time.Millisecond,
			SeriesID:      seriesIDs(i),
			SeasonNumber:  uint32(seasons[i]),
			EpisodeNumber: uint32(episodes[i]),
			Engaged:       time.UnixMilli(int64(engaged[i])),
		}
	}
	return list
}

// unpackHome copies a home screen out of the library's columns, each text column in one piece.
func unpackHome(answer *C.vrec_go_home_answer, withReasons bool) []HomeRow {
	items := unpackHomeItems(answer, withReasons)
	rows := &answer.rows
	count := int(rows.count)
	keys := texts(rows.title_keys, rows.title_key_offsets, count)
	english := texts(rows.english_titles, rows.english_title_offsets, count)
	chinese := texts(rows.chinese_titles, rows.chinese_title_offsets, count)
	seedIDs := texts(rows.seed_ids, rows.seed_id_offsets, count)
	seedTitles := texts(rows.seed_titles, rows.seed_title_offsets, count)
	kinds := unsafe.Slice(rows.kinds, count)
	ends := unsafe.Slice(rows.item_offsets, count+1)

	list := make([]HomeRow, count)
	for i := range list {
		list[i] = HomeRow{
			Kind:         RowKind(kinds[i]),
			TitleKey:     keys(i),
			EnglishTitle: english(i),
			ChineseTitle: chinese(i),
			SeedID:       seedIDs(i),
			SeedTitle:    seedTitles(i),
			Items:        items[ends[i]:ends[i+1]:ends[i+1]],
		}
	}
	return list
}

func unpackHomeItems(answer *C.vrec_go_home_answer, withReasons bool) []HomeItem {
	recommendations := unpack(&answer.results)
	if withReasons {
		for i, reasons := range unpackReasons(&answer.reasons) {
			recommendations[i].Reasons = reasons
		}
	}
	columns := &answer.items
	count := int(columns.count)
	seriesIDs := texts(columns.series_ids, columns.series_id_offsets, count)
	cards, kinds := unsafe.Slice(columns.card_kinds, count), unsafe.Slice(columns.kinds, count)
	positions, durations := unsafe.Slice(columns.positions_ms, count), unsafe.Slice(columns.durations_ms, count)
	seasons, episodes := unsafe.Slice(columns.season_numbers, count), unsafe.Slice(columns.episode_numbers, count)
	from := unsafe.Slice(columns.available_from_utc_ms, count)
	until := unsafe.Slice(columns.available_until_utc_ms, count)

	list := make([]HomeItem, count)
	for i := range list {
		list[i] = HomeItem{
			Recommendation: recommendations[i],
			Card:           WatchCardKind(cards[i]),
			Position:       time.Duration(positions[i]) * time.Millisecond,
			Duration:       time.Duration(durations[i]) * time.Millisecond,
			Kind:           Kind(kinds[i]),
			SeriesID:       seriesIDs(i),
			SeasonNumber:   uint32(seasons[i]),
			EpisodeNumber:  uint32(episodes[i]),
			AvailableFrom:  timeOrZero(from[i]),
			AvailableUntil: timeOrZero(until[i]),
		}
	}
	return list
}

// timeOrZero is the time that the library tells, or no time for 0.
func timeOrZero(utcMS C.int64_t) time.Time {
	if utcMS == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(utcMS))
}

// unpackNeighbours copies lists out of the library's columns, the ids in one piece.
func unpackNeighbours(columns *C.vrec_neighbour_columns) [][]Neighbour {
	count := int(columns.count)
	ids := texts(columns.ids, columns.id_offsets, count)
	scores := unsafe.Slice(columns.scores, count)
	ends := unsafe.Slice(columns.list_offsets, int(columns.list_count)+1)

	all := make([]Neighbour, count)
	for i := range all {
		all[i] = Neighbour{ID: ids(i), Score: float32(scores[i])}
	}
	lists := make([][]Neighbour, int(columns.list_count))
	for i := range lists {
		lists[i] = all[ends[i]:ends[i+1]:ends[i+1]]
	}
	return lists
}

// describe copies a description out of the library's fields.
func describe(fields *C.vrec_encoder_fields) EncoderDescription {
	text := func(start *C.char, length C.size_t) string {
		return string(unsafe.Slice((*byte)(unsafe.Pointer(start)), int(length)))
	}
	description := EncoderDescription{
		Backend:      Backend(fields.backend),
		ModelName:    text(fields.model_name, fields.model_name_len),
		ModelVersion: text(fields.model_version, fields.model_version_len),
		ModelLicence: text(fields.model_licence, fields.model_licence_len),
		RuntimePath:  text(fields.runtime_path, fields.runtime_path_len),
	}
	count := int(fields.provider_count)
	names := texts(fields.provider_names, fields.provider_name_offsets, count)
	nodes, products := unsafe.Slice(fields.provider_nodes, count), unsafe.Slice(fields.provider_products, count)
	for i := 0; i < count; i++ {
		provider := ProviderNodes{Provider: names(i), Nodes: uint64(nodes[i]), Products: uint64(products[i])}
		description.Providers = append(description.Providers, provider)
	}
	skipped := texts(fields.skipped, fields.skipped_offsets, int(fields.skipped_count))
	for i := 0; i < int(fields.skipped_count); i++ {
		description.Skipped = append(description.Skipped, skipped(i))
	}
	return description
}

// texts copies a column of texts and returns what gives the text of a row.
func texts(block *C.char, offsets *C.uint64_t, count int) func(row int) string {
	ends := unsafe.Slice(offsets, count+1)
	all := string(unsafe.Slice((*byte)(unsafe.Pointer(block)), int(ends[count])))
	return func(row int) string { return all[ends[row]:ends[row+1]] }
}
