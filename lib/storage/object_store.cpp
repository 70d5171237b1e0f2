// Which keys are legal, and what of a range is there.
#include "storage/object_store.h"

#include <algorithm>

namespace ds {

namespace {

bool is_key_byte(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '=' || c == '-';
}

bool is_segment(std::string_view text) {
    return !text.empty() && text != "." && text != ".." &&
           std::all_of(text.begin(), text.end(), is_key_byte);
}

// Takes the segments that end with a "/" off the front. False when one of them is none.
bool take_folders(std::string_view& key) {
    for (auto end = key.find('/'); end != std::string_view::npos; end = key.find('/')) {
        if (!is_segment(key.substr(0, end))) return false;
        key.remove_prefix(end + 1);
    }
    return true;
}

Error no_key(std::string_view text) {
    return Error{Fault::invalid, "\"" + std::string(text.substr(0, k_object_key_max)) +
                                     "\" cannot be the key of an object"};
}

} // namespace

Result<void> check_object_key(std::string_view key) {
    auto last = key;
    if (key.size() > k_object_key_max || !take_folders(last) || !is_segment(last))
        return no_key(key);
    return {};
}

Result<void> check_object_prefix(std::string_view prefix) {
    auto last = prefix;
    if (prefix.size() > k_object_key_max || !take_folders(last) ||
        !std::all_of(last.begin(), last.end(), is_key_byte))
        return no_key(prefix);
    return {};
}

ByteRange ByteRange::clipped(std::uint64_t object_bytes) const {
    auto const from =
        from_end ? object_bytes - std::min(count, object_bytes) : std::min(offset, object_bytes);
    return {from, std::min(count, object_bytes - from)};
}

Error taken_key(ObjectStore const& store, std::string const& key) {
    return Error{Fault::corrupt, key + " is in " + store.where() +
                                     " already, with other content; it is left as it is"};
}

Result<void> put_new(ObjectStore& store, std::string const& key, std::string_view bytes,
                     std::string const& content_type) {
    if (TRY(store.put_if(key, std::nullopt, bytes, content_type))) return {};
    auto const there = TRY(store.get(key));
    if (!there) return Error{Fault::busy, key + " was there, and is gone"};
    if (there->view() != bytes) return taken_key(store, key);
    return {};
}

} // namespace ds
