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
#include <unordered_map>

namespace ds {

class Catalog {
public:
    // Null when there is no such name.
    std::shared_ptr<Stream> find(std::string_view full_name) const {
        auto shard = shard_of(full_name).lock();
        auto const found = shard->find(full_name);
        return found == shard->end() ? nullptr : found->second;
    }
    void put(std::shared_ptr<Stream> stream) {
        std::string_view const name = stream->name.full();
        auto shard = shard_of(name).lock();
        // The key points into the stream it maps to: out with the old pair before the new comes in.
        shard->erase(name);
        shard->emplace(name, std::move(stream));
    }
    // Only if the name still means this very stream.
    void remove(Stream const& stream) {
        std::string_view const name = stream.name.full();
        auto shard = shard_of(name).lock();
        auto const found = shard->find(name);
        if (found != shard->end() && found->second.get() == &stream) shard->erase(found);
    }
    std::size_t size() const {
        std::size_t total = 0;
        for (auto const& shard : shards_)
            total += shard.lock()->size();
        return total;
    }

private:
    // Sixteen locks, so that lanes and io threads seldom meet at one.
    using Shard = std::unordered_map<std::string_view, std::shared_ptr<Stream>>;
    Guarded<Shard> const& shard_of(std::string_view name) const {
        return shards_[std::hash<std::string_view>{}(name) % shards_.size()];
    }
    Guarded<Shard>& shard_of(std::string_view name) {
        return shards_[std::hash<std::string_view>{}(name) % shards_.size()];
    }
    std::array<Guarded<Shard>, 16> shards_;
};

} // namespace ds
