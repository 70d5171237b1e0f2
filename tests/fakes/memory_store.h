// Objects in memory: the shortest thing that keeps the promises of storage/object_store.
#pragma once

#include "base/guarded.h"
#include "storage/object_store.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace ds::test {

class MemoryStore final : public ObjectStore {
public:
    Result<void> put(std::string const& key, std::string_view bytes, std::string const&) override {
        TRY(check_object_key(key));
        objects_.lock()->insert_or_assign(key, Bytes(std::string(bytes)));
        return {};
    }

    Result<bool> put_if(std::string const& key, std::optional<std::string_view> was,
                        std::string_view bytes, std::string const&) override {
        TRY(check_object_key(key));
        auto objects = objects_.lock();
        auto const at = objects->find(key);
        bool const there = at != objects->end();
        if (there != was.has_value() || (there && at->second.view() != *was)) return false;
        objects->insert_or_assign(key, Bytes(std::string(bytes)));
        return true;
    }

    Result<std::optional<Bytes>> get(std::string const& key) override {
        TRY(check_object_key(key));
        auto const objects = objects_.lock();
        auto const at = objects->find(key);
        if (at == objects->end()) return std::optional<Bytes>();
        return std::optional(at->second);
    }

    Result<std::optional<ObjectPart>> get_range(std::string const& key, ByteRange range) override {
        auto const whole = TRY(get(key));
        if (!whole) return std::optional<ObjectPart>();
        auto const there = range.clipped(whole->size());
        return std::optional(ObjectPart{whole->slice(static_cast<std::size_t>(there.offset),
                                                     static_cast<std::size_t>(there.count)),
                                        whole->size()});
    }

    Result<void> remove(std::string const& key) override {
        TRY(check_object_key(key));
        objects_.lock()->erase(key);
        return {};
    }

    Result<void> list(std::string const& prefix,
                      std::function<Result<void>(ObjectEntry const&)> const& visit) override {
        TRY(check_object_prefix(prefix));
        std::vector<ObjectEntry> entries;
        {
            auto const objects = objects_.lock();
            for (auto at = objects->lower_bound(prefix);
                 at != objects->end() && at->first.starts_with(prefix); ++at)
                entries.push_back({at->first, at->second.size(), 0});
        }
        for (auto const& entry : entries)
            TRY(visit(entry));
        return {};
    }

    std::string where() const override { return "memory"; }

    std::size_t size() const { return objects_.lock()->size(); }

private:
    Guarded<std::map<std::string, Bytes>> objects_;
};

} // namespace ds::test
