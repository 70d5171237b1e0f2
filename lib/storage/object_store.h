// Objects under keys, in a folder or behind S3: six promises, kept by every implementation.
//
// A key is made of segments joined by "/": none is empty, "." or ".."; each byte is one of
// A-Z a-z 0-9 . _ = -. At most k_object_key_max bytes; any other is Fault::invalid. A key names an
// object or a folder of objects, never both: a store may refuse "a/b" while there is an "a". What
// lies in a store under names that are no keys is not seen. May be used from several threads at
// once.
//
// Faults: unreachable (nobody answered), io (the store or the way to it failed), invalid (asking
// again cannot help: credentials, a missing bucket, a clock that is off), full (no space left),
// busy (told to slow down). A fault never says that an object is absent, and absence is no fault.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

inline constexpr std::size_t k_object_key_max = 900;

// Fault::invalid, naming the key, when it is none.
Result<void> check_object_key(std::string_view key);
// The same for what keys may begin with; "" is the beginning of all.
Result<void> check_object_prefix(std::string_view prefix);

struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
    bool from_end = false; // the last `count` bytes, or all there is; `offset` does not count

    static ByteRange last(std::uint64_t count) { return {0, count, true}; }
    // What of it is there in an object of that size, counted from its start.
    ByteRange clipped(std::uint64_t object_bytes) const;
};

// A part of an object, clipped to what is there, and how large the whole is.
struct ObjectPart {
    Bytes bytes;
    std::uint64_t object_bytes = 0;
};

struct ObjectEntry {
    std::string key;
    std::uint64_t bytes = 0;
    std::int64_t modified_ms = 0;
};

class ObjectStore {
public:
    virtual ~ObjectStore() = default;

    // Whole and durable when it returns; replaces what was there. After a fault the object is as
    // before or as asked, never a part of it.
    virtual Result<void> put(std::string const& key, std::string_view bytes,
                             std::string const& content_type) = 0;
    // Puts where the store has what the caller last saw under the key: exactly the bytes of `was`,
    // or no object when that is empty. False: it has something else, and nothing has changed. After
    // a fault it may have been done all the same.
    virtual Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                                std::string_view bytes, std::string const& content_type) = 0;
    // Empty when there is no such object.
    virtual Result<std::optional<Bytes>> get(std::string const& key) = 0;
    virtual Result<std::optional<ObjectPart>> get_range(std::string const& key,
                                                        ByteRange range) = 0;
    // What is not there is gone already.
    virtual Result<void> remove(std::string const& key) = 0;
    // Every object whose key begins with `prefix`, in the order of their keys as bytes. Stops at
    // the first error that `visit` returns, and returns it.
    virtual Result<void> list(std::string const& prefix,
                              std::function<Result<void>(ObjectEntry const&)> const& visit) = 0;

    // Whether a get costs no more than a look at a file of this machine.
    virtual bool is_near() const { return false; }

    // Where it is, for people and logs; never a credential.
    virtual std::string where() const = 0;

    // Whoever waits inside to try again gives up at once, now and from now on: a server that ends
    // is not held up.
    virtual void stop() {}
};

// Puts an object that is never to change. The same bytes under the key are as good: an earlier try
// came so far. Other bytes stay, and the error (Fault::corrupt) names the key.
Result<void> put_new(ObjectStore& store, std::string const& key, std::string_view bytes,
                     std::string const& content_type);
// That error.
Error taken_key(ObjectStore const& store, std::string const& key);

} // namespace ds
