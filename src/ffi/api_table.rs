//! Every function as one table, for hosts that load the library at run time.

use std::ffi::c_char;

use super::*;

/// The functions of one ABI version. New ones are only ever added at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_api {
    /// sizeof(vrec_api) in the loaded library: a function past it is not there.
    pub struct_size: usize,
    pub vrec_version: extern "C" fn() -> *const c_char,
    pub vrec_abi_version: extern "C" fn() -> u32,
    pub vrec_abi_check: extern "C" fn(abi: u32) -> i32,
    pub vrec_abi_1: extern "C" fn() -> u32,
    pub vrec_error_code: unsafe extern "C" fn(error: *const vrec_error) -> i32,
    pub vrec_error_message: unsafe extern "C" fn(error: *const vrec_error) -> *const c_char,
    pub vrec_error_destroy: unsafe extern "C" fn(error: *mut vrec_error),
    pub vrec_status_name: extern "C" fn(status: i32) -> *const c_char,
    pub vrec_cancel_token_create:
        unsafe extern "C" fn(token: *mut *mut vrec_cancel_token, error: *mut *mut vrec_error) -> i32,
    pub vrec_cancel_token_retain: unsafe extern "C" fn(token: *mut vrec_cancel_token) -> *mut vrec_cancel_token,
    pub vrec_cancel_token_cancel: unsafe extern "C" fn(token: *const vrec_cancel_token),
    pub vrec_cancel_token_is_cancelled: unsafe extern "C" fn(token: *const vrec_cancel_token) -> u32,
    pub vrec_cancel_token_destroy: unsafe extern "C" fn(token: *mut vrec_cancel_token),
    pub vrec_create: unsafe extern "C" fn(
        options: *const vrec_options,
        engine: *mut *mut vrec_engine,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_destroy: unsafe extern "C" fn(engine: *mut vrec_engine),
    pub vrec_load_encoder: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_trim: unsafe extern "C" fn(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32,
    pub vrec_count:
        unsafe extern "C" fn(engine: *const vrec_engine, count: *mut u64, error: *mut *mut vrec_error) -> i32,
    pub vrec_dimensions:
        unsafe extern "C" fn(engine: *const vrec_engine, dimensions: *mut u32, error: *mut *mut vrec_error) -> i32,
    pub vrec_stats: unsafe extern "C" fn(
        engine: *const vrec_engine,
        statistics: *mut vrec_statistics,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_embed: unsafe extern "C" fn(
        engine: *const vrec_engine,
        text: *const c_char,
        text_len: usize,
        vector: *mut f32,
        vector_len: usize,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_embed_batch: unsafe extern "C" fn(
        engine: *const vrec_engine,
        texts: *const c_char,
        offsets: *const u64,
        count: usize,
        vectors: *mut f32,
        vectors_len: usize,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_add_video: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        video: *const vrec_video,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_add_videos: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        videos: *const vrec_video,
        count: usize,
        stride: usize,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_remove_videos: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        ids: *const c_char,
        offsets: *const u64,
        count: usize,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_record:
        unsafe extern "C" fn(engine: *mut vrec_engine, event: *const vrec_event, error: *mut *mut vrec_error) -> i32,
    pub vrec_record_batch: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        events: *const vrec_event,
        count: usize,
        stride: usize,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_recommend: unsafe extern "C" fn(
        engine: *const vrec_engine,
        query: *const vrec_query,
        call: *const vrec_call_options,
        results: *mut *mut vrec_results,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_similar: unsafe extern "C" fn(
        engine: *const vrec_engine,
        video_id: *const c_char,
        video_id_len: usize,
        query: *const vrec_query,
        call: *const vrec_call_options,
        results: *mut *mut vrec_results,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_search: unsafe extern "C" fn(
        engine: *const vrec_engine,
        text: *const c_char,
        text_len: usize,
        query: *const vrec_query,
        call: *const vrec_call_options,
        results: *mut *mut vrec_results,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_results_columns: unsafe extern "C" fn(
        results: *const vrec_results,
        columns: *mut vrec_columns,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_results_destroy: unsafe extern "C" fn(results: *mut vrec_results),
    pub vrec_wait_for_embeddings: unsafe extern "C" fn(
        engine: *const vrec_engine,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_describe_encoder: unsafe extern "C" fn(
        engine: *const vrec_engine,
        call: *const vrec_call_options,
        description: *mut *mut vrec_encoder_description,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_encoder_description_fields: unsafe extern "C" fn(
        description: *const vrec_encoder_description,
        fields: *mut vrec_encoder_fields,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_encoder_description_destroy: unsafe extern "C" fn(description: *mut vrec_encoder_description),
    pub vrec_nearest: unsafe extern "C" fn(
        engine: *const vrec_engine,
        query: *const vrec_vector_query,
        call: *const vrec_call_options,
        neighbours: *mut *mut vrec_neighbours,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_neighbours_columns: unsafe extern "C" fn(
        neighbours: *const vrec_neighbours,
        columns: *mut vrec_neighbour_columns,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_neighbours_destroy: unsafe extern "C" fn(neighbours: *mut vrec_neighbours),
    pub vrec_profile_forget: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        profile: *const c_char,
        profile_len: usize,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_flush: unsafe extern "C" fn(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32,
    pub vrec_verify: unsafe extern "C" fn(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32,
    pub vrec_rotate_key: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        key: *const u8,
        key_len: usize,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_retain: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        retention: *const vrec_retention,
        dropped: *mut u64,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_compact: unsafe extern "C" fn(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32,
    pub vrec_profile_export: unsafe extern "C" fn(
        engine: *const vrec_engine,
        profile: *const c_char,
        profile_len: usize,
        options: *const vrec_export_options,
        profile_export: *mut *mut vrec_export,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_export_data: unsafe extern "C" fn(
        profile_export: *const vrec_export,
        data: *mut *const c_char,
        data_len: *mut usize,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_export_destroy: unsafe extern "C" fn(profile_export: *mut vrec_export),
    pub vrec_train: unsafe extern "C" fn(
        engine: *mut vrec_engine,
        call: *const vrec_call_options,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_watch_next: unsafe extern "C" fn(
        engine: *const vrec_engine,
        query: *const vrec_query,
        call: *const vrec_call_options,
        cards: *mut *mut vrec_watch_cards,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_watch_cards_columns: unsafe extern "C" fn(
        cards: *const vrec_watch_cards,
        columns: *mut vrec_watch_card_columns,
        error: *mut *mut vrec_error,
    ) -> i32,
    pub vrec_watch_cards_destroy: unsafe extern "C" fn(cards: *mut vrec_watch_cards),
}

static API: vrec_api = vrec_api {
    struct_size: size_of::<vrec_api>(),
    vrec_version,
    vrec_abi_version,
    vrec_abi_check,
    vrec_abi_1,
    vrec_error_code,
    vrec_error_message,
    vrec_error_destroy,
    vrec_status_name,
    vrec_cancel_token_create,
    vrec_cancel_token_retain,
    vrec_cancel_token_cancel,
    vrec_cancel_token_is_cancelled,
    vrec_cancel_token_destroy,
    vrec_create,
    vrec_destroy,
    vrec_load_encoder,
    vrec_trim,
    vrec_count,
    vrec_dimensions,
    vrec_stats,
    vrec_embed,
    vrec_embed_batch,
    vrec_add_video,
    vrec_add_videos,
    vrec_remove_videos,
    vrec_record,
    vrec_record_batch,
    vrec_recommend,
    vrec_similar,
    vrec_search,
    vrec_results_columns,
    vrec_results_destroy,
    vrec_wait_for_embeddings,
    vrec_describe_encoder,
    vrec_encoder_description_fields,
    vrec_encoder_description_destroy,
    vrec_nearest,
    vrec_neighbours_columns,
    vrec_neighbours_destroy,
    vrec_profile_forget,
    vrec_flush,
    vrec_verify,
    vrec_rotate_key,
    vrec_retain,
    vrec_compact,
    vrec_profile_export,
    vrec_export_data,
    vrec_export_destroy,
    vrec_train,
    vrec_watch_next,
    vrec_watch_cards_columns,
    vrec_watch_cards_destroy,
};

/// All functions of an ABI version in one table, for hosts that load the library with dlopen.
///
/// Parameters: abi, the caller's VREC_ABI_VERSION.
/// Ownership: a constant table, valid as long as the library is loaded.
/// Threads: any.
/// Errors: none; NULL when the library does not serve this ABI.
/// Cost: constant.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn vrec_get_api(abi: u32) -> *const vrec_api {
    if abi == VREC_ABI_VERSION { &API } else { std::ptr::null() }
}
