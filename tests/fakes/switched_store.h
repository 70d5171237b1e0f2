// Objects in memory that several stores share, with switches for what can go wrong.
#pragma once

#include "base/guarded.h"
#include "storage/object_store.h"

#include <map>
#include <memory>
#include <string>

namespace ds::test {

class SwitchedStore final : public ObjectStore {
public:
    struct Inside {
        std::map<std::string, std::string> objects; // but for the marks of owners
        std::map<std::string, std::string> marks;
        bool puts_fail = false;
        bool gets_fail = false;
        bool removes_fail = false;
        std::uint64_t puts = 0;
        std::uint64_t range_gets = 0; // but for looks at what was just put

        std::map<std::string, std::string>& shelf_of(std::string const& key) {
            return key.starts_with("owner/") ? marks : objects;
        }
    };
    using Objects = std::shared_ptr<Guarded<Inside>>;
    static Objects none() { return std::make_shared<Guarded<Inside>>(); }

    explicit SwitchedStore(Objects objects) : inside_(std::move(objects)) {}

    Result<void> put(std::string const& key, std::string_view bytes, std::string const&) override {
        auto inside = inside_->lock();
        ++inside->puts;
        if (inside->puts_fail) return Error{Fault::unreachable, "puts fail"};
        inside->shelf_of(key)[key] = bytes;
        return {};
    }
    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const&) override {
        auto inside = inside_->lock();
        auto& shelf = inside->shelf_of(key);
        inside->puts += &shelf == &inside->objects ? 1 : 0;
        if (inside->puts_fail) return Error{Fault::unreachable, "puts fail"};
        auto const at = shelf.find(key);
        bool const there = at != shelf.end();
        if (there != was.has_value() || (there && at->second != *was)) return false;
        shelf[key] = bytes;
        return true;
    }
    Result<std::optional<Bytes>> get(std::string const& key) override {
        auto inside = inside_->lock();
        if (inside->gets_fail) return Error{Fault::unreachable, "gets fail"};
        auto& shelf = inside->shelf_of(key);
        auto const found = shelf.find(key);
        if (found == shelf.end()) return std::optional<Bytes>{};
        return std::optional(Bytes(found->second));
    }
    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override {
        auto inside = inside_->lock();
        if (inside->gets_fail) return Error{Fault::unreachable, "gets fail"};
        inside->range_gets += range.from_end ? 0 : 1;
        auto const found = inside->objects.find(key);
        if (found == inside->objects.end()) return std::optional<ObjectPart>{};
        Bytes const whole(found->second);
        auto const from = range.from_end
                              ? whole.size() - std::min<std::uint64_t>(range.count, whole.size())
                              : range.offset;
        return std::optional(ObjectPart{whole.slice(from, range.count), whole.size()});
    }
    Result<void> remove(std::string const& key) override {
        auto inside = inside_->lock();
        if (inside->removes_fail) return Error{Fault::unreachable, "removes fail"};
        inside->objects.erase(key);
        return {};
    }
    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override {
        std::map<std::string, std::string> copy;
        {
            auto inside = inside_->lock();
            if (inside->gets_fail) return Error{Fault::unreachable, "gets fail"};
            copy = inside->objects;
        }
        for (auto const& [key, bytes] : copy)
            if (key.starts_with(prefix)) {
                auto const visited = visit({key, bytes.size(), 0});
                if (!visited) return visited.error();
            }
        return {};
    }
    std::string where() const override { return "memory"; }

private:
    Objects inside_;
};

} // namespace ds::test
