// A store that only its owner changes: the data directory that left its mark in it last.
//
//     owner/<identity of the directory>   {"format": "ds-owner", "version": 1, "token": "16 hex",
//                                          "host": "..", "data": "..", "since": ".."}
//
// The mark is taken, by compare and set, before the first change after each start, and has a new
// token each time; the directory remembers it (the fact "owner"), and where it is (the fact
// "owned"). A copy of the directory that is started later takes the mark from then on. Whoever
// finds another's mark changes nothing any more: neither the copy that was started before, nor one
// that is older than the store's mark. Where the mark has gone, nothing is changed until it is
// back: the store is not what it was, such as a folder on a disk that is not mounted.
//
// While it is ours, the mark is looked at before a change when the last look is k_look_near or
// k_look_far ago: so long may a copy that lost it go on. What it puts meanwhile replaces nothing.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "storage/data_directory.h"
#include "storage/object_store.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace ds {

class OwnedStore final : public ObjectStore {
public:
    static constexpr std::chrono::seconds k_look_near{1};
    static constexpr std::chrono::seconds k_look_far{10};

    OwnedStore(std::unique_ptr<ObjectStore> inner, DataDirectory const& directory,
               Clock const& clock);
    ~OwnedStore() override;

    // Takes the mark now, but does not wait longer than so: a store that does not answer is asked
    // again before the first change, and so is one without the mark. An error only when the mark is
    // another's.
    Result<void> claim_within(std::chrono::milliseconds patience);
    // Looks at the mark, whenever the last look was.
    Result<void> look();
    // Why nothing is changed in the store: it is another's, or the mark has gone. Empty: it is
    // ours.
    std::optional<std::string> lost() const {
        auto taken = *lost_.lock();
        return taken ? taken : *gone_.lock();
    }

    Result<void> put(std::string const& key, std::string_view bytes,
                     std::string const& content_type) override;
    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const& content_type) override;
    Result<std::optional<Bytes>> get(std::string const& key) override { return inner_->get(key); }
    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override {
        return inner_->get_range(key, range);
    }
    Result<void> remove(std::string const& key) override;
    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override {
        return inner_->list(prefix, visit);
    }
    bool is_near() const override { return inner_->is_near(); }
    std::string where() const override { return inner_->where(); }
    void stop() override { inner_->stop(); }

private:
    using Steady = std::chrono::steady_clock;
    struct State {
        std::string token; // of our mark; empty until it was taken
        Steady::time_point looked_at{};
    };
    Result<void> hold();
    Result<void> claim();
    Result<void> look_now();
    Error lose(std::string_view mark);
    Error miss();
    void find_again();

    std::unique_ptr<ObjectStore> inner_;
    DataDirectory const& directory_;
    Clock const& clock_;
    std::mutex mark_; // held while the store is asked: one look at a time
    State state_;
    Guarded<std::optional<std::string>> lost_;
    Guarded<std::optional<std::string>> gone_; // the mark
    struct First {
        bool done = false;
    };
    Guarded<First> first_;
    std::condition_variable first_done_;
    std::thread claimer_;
};

// Leaves a mark in the name of a directory that nobody who has that identity can take for theirs.
Result<void> end_ownership(ObjectStore& store, DataDirectory const& directory, Clock const& clock);

} // namespace ds
