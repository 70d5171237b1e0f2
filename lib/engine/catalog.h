// The streams that exist, by name. What is in here is committed.
//
// Any thread may look up; only a stream's lane adds and removes it.
#pragma once

#include "base/guarded.h"
#include "engine/stream.h"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace ds {

class Catalog {
public:
    // Null when there is no such name.
    std::shared_ptr<Stream> find(std::string_view full_name) const {
        auto shard = shard_of(full_name).lock();
        auto const found = shard->find(full_name);
        return found == shard->end() ? nullptr : *found;
    }
    void put(std::shared_ptr<Stream> stream) {
        auto shard = shard_of(stream->name.full()).lock();
        shard->erase(stream);
        shard->insert(std::move(stream));
    }
    // Only if the name still means this very stream.
    void remove(Stream const& stream) {
        std::string_view const name = stream.name.full();
        auto shard = shard_of(name).lock();
        auto const found = shard->find(name);
        if (found != shard->end() && found->get() == &stream) shard->erase(found);
    }
    // Each stream there is, a part at a time: `visit` may take as long as it likes.
    void each(std::function<void(std::shared_ptr<Stream> const&)> const& visit) const {
        for (auto const& shard : shards_) {
            std::vector<std::shared_ptr<Stream>> streams;
            {
                auto const held = shard.lock();
                streams.assign(held->begin(), held->end());
            }
            for (auto const& stream : streams)
                visit(stream);
        }
    }
    std::size_t size() const {
        std::size_t total = 0;
        for (auto const& shard : shards_)
            total += shard.lock()->size();
        return total;
    }

private:
    // A stream stands for its name, which is therefore kept once.
    struct ByName {
        using is_transparent = void;
        static std::string_view name_of(std::string_view name) { return name; }
        static std::string_view name_of(std::shared_ptr<Stream> const& stream) {
            return stream->name.full();
        }
        std::size_t operator()(auto const& key) const {
            return std::hash<std::string_view>{}(name_of(key));
        }
        bool operator()(auto const& a, auto const& b) const { return name_of(a) == name_of(b); }
    };
    // Sixteen locks, so that lanes and io threads seldom meet at one.
    using Shard = std::unordered_set<std::shared_ptr<Stream>, ByName, ByName>;
    Guarded<Shard> const& shard_of(std::string_view name) const {
        return shards_[std::hash<std::string_view>{}(name) % shards_.size()];
    }
    Guarded<Shard>& shard_of(std::string_view name) {
        return shards_[std::hash<std::string_view>{}(name) % shards_.size()];
    }
    std::array<Guarded<Shard>, 16> shards_;
};

} // namespace ds
