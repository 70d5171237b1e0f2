// A store on a bad day: operations fail at random or by switch, before or after they were done.
//
// It never lies about success: what it says is done is done, and what it gives is what is there.
#pragma once

#include "base/guarded.h"
#include "storage/object_store.h"
#include "support/dice.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ds::test {

class FlakyStore final : public ObjectStore {
public:
    explicit FlakyStore(std::unique_ptr<ObjectStore> inner, std::uint64_t seed = 1)
        : inner_(std::move(inner)),
          dice_(Dice(seed)) {}

    // How many operations in a hundred fail with `fault`, half of them after they were done.
    void set_percent(std::uint64_t percent, Fault fault = Fault::io) {
        percent_ = percent;
        fault_ = fault;
    }
    // All operations fail before they do anything, until it is empty again.
    void set_down(std::optional<Fault> fault) { *down_.lock() = fault; }
    // Operations so far, with those that failed.
    int calls() const { return calls_; }

    Result<void> put(std::string const& key, std::string_view bytes,
                     std::string const& content_type) override {
        return perhaps([&] { return inner_->put(key, bytes, content_type); });
    }
    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const& content_type) override {
        return perhaps([&] { return inner_->put_if(key, was, bytes, content_type); });
    }
    Result<std::optional<Bytes>> get(std::string const& key) override {
        return perhaps([&] { return inner_->get(key); });
    }
    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override {
        return perhaps([&] { return inner_->get_range(key, range); });
    }
    Result<void> remove(std::string const& key) override {
        return perhaps([&] { return inner_->remove(key); });
    }
    // May also break off between two objects.
    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override {
        return perhaps([&] {
            auto left = fails() ? dice_.lock()->below(10) : UINT64_MAX;
            return inner_->list(prefix, [&](ObjectEntry const& entry) -> Result<void> {
                if (left-- == 0) return Error{fault_, "broken off by the test"};
                return visit(entry);
            });
        });
    }
    std::string where() const override { return "flaky " + inner_->where(); }

private:
    bool fails() { return dice_.lock()->in_hundred(percent_); }

    auto perhaps(auto const& operation) -> decltype(operation()) {
        ++calls_;
        if (auto const down = *down_.lock()) return Error{*down, "down by the test"};
        bool const broken = fails();
        if (broken && dice_.lock()->in_hundred(50)) return Error{fault_, "failed before"};
        auto result = operation();
        if (broken && result) return Error{fault_, "failed after"};
        return result;
    }

    std::unique_ptr<ObjectStore> inner_;
    Guarded<std::optional<Fault>> down_;
    std::atomic<std::uint64_t> percent_{0};
    std::atomic<Fault> fault_{Fault::io};
    std::atomic<int> calls_{0};
    Guarded<Dice> dice_;
};

} // namespace ds::test
