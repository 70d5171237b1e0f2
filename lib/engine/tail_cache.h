// The last rows of a lane's log, in memory, so that who follows never waits for the disk.
//
// Rows are numbered without gaps in the order of arrival, so the cache is a window over the
// numbers: new rows push the oldest out once `bytes_max` is reached. Any thread may look; the lane
// adds.
#pragma once

#include "base/guarded.h"
#include "engine/row.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace ds {

class TailCache {
public:
    explicit TailCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Rows that follow, in number, what was added before.
    void add(std::vector<RowPtr> const& rows) {
        std::vector<RowPtr> dropped; // freed after the lock
        auto window = window_.lock();
        for (auto const& row : rows) {
            if (window->rows.empty()) window->first = row->seq;
            if (row->seq != window->first + static_cast<std::int64_t>(window->rows.size())) {
                // A number was skipped: start the window anew rather than answer with a wrong row.
                dropped.insert(dropped.end(), window->rows.begin(), window->rows.end());
                *window = {};
                window->first = row->seq;
            }
            window->rows.push_back(row);
            window->bytes += cost_of(*row);
        }
        while (window->bytes > bytes_max_ && !window->rows.empty()) {
            window->bytes -= cost_of(*window->rows.front());
            dropped.push_back(std::move(window->rows.front()));
            window->rows.pop_front();
            ++window->first;
        }
    }

    // The rows of these pieces, in order; empty when one of them is not here.
    std::vector<RowPtr> find(std::vector<Piece> const& pieces) const {
        std::vector<RowPtr> found;
        found.reserve(pieces.size());
        auto const window = window_.lock();
        for (auto const& piece : pieces) {
            auto const which = piece.place.seq - window->first;
            if (which < 0 || which >= static_cast<std::int64_t>(window->rows.size())) return {};
            found.push_back(window->rows[static_cast<std::size_t>(which)]);
        }
        return found;
    }

private:
    // A row's content and what keeping it costs besides (measured: about 200 bytes).
    static std::size_t cost_of(Row const& row) {
        auto const body = row.shares_body ? 0 : row.body.size();
        return body + row.lengths.size() * sizeof(std::uint32_t) + 200;
    }
    struct Window {
        std::int64_t first = 0;
        std::deque<RowPtr> rows;
        std::size_t bytes = 0;
    };
    std::size_t bytes_max_;
    Guarded<Window> window_;
};

} // namespace ds
