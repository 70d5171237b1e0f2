// Rows of a lane's log that nobody needs any more, and how they are best removed.
//
// A table of the log (storage/log_tables) of which no row is needed is emptied as a whole, which
// costs as much as a handful of rows. So rows wait for their neighbours; only those for which that
// takes too long, or is of no use, are removed one by one.
#pragma once

#include "base/bytes.h"
#include "base/ensure.h"
#include "storage/log_tables.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace ds {

class Garbage {
public:
    explicit Garbage(LogTables tables = LogTables()) : tables_(tables) {}

    // A row has entered the log, with a body of so many bytes.
    void note_row(std::int64_t seq, std::uint64_t bytes) {
        auto& table = table_of(seq);
        ++table.rows;
        table.bytes += bytes;
        newest_ = std::max(newest_, seq);
    }
    // Nobody needs it any more.
    void add(std::int64_t seq) {
        auto& table = table_of(seq);
        table.garbage.push_back(seq);
        ENSURE(table.garbage.size() <= table.rows);
        ++count_;
    }
    bool empty() const { return count_ == 0; }

    // What to remove from one table: all there is, or the first `rows` of its garbage.
    struct Removal {
        unsigned table = 0;
        bool whole = false;
        std::size_t rows = 0;
    };
    enum class When : std::uint8_t {
        busy, // only what is cheap, or cannot become so
        idle, // anything
    };
    // Those first that have waited longest. Empty when nothing is to be removed now.
    std::optional<Removal> next(std::size_t most, When when) const {
        std::optional<Removal> best;
        if (empty()) return best;
        for (unsigned number = 0; number < LogTables::k_all; ++number) {
            auto const& table = kept_[number];
            if (table.garbage.empty()) continue;
            bool const whole = table.garbage.size() == table.rows && table.bytes <= k_whole_bytes;
            if (!whole && when == When::busy && !is_single(number)) continue;
            bool const better =
                !best ||
                (whole != best->whole ? whole
                                      : table.garbage.front() < kept_[best->table].garbage.front());
            if (!better) continue;
            auto const rows = table.garbage.size();
            best = Removal{number, whole, whole ? rows : std::min(rows, most)};
        }
        return best;
    }
    // The rows of a removal, in runs without a gap.
    template <typename Visit>
    void each_run(Removal const& removal, Visit const& visit) const {
        auto const& garbage = kept_[removal.table].garbage;
        for (std::size_t i = 0; i < removal.rows;) {
            auto const first = garbage[i];
            auto last = first;
            for (++i; i < removal.rows && garbage[i] == last + 1; ++i)
                ++last;
            visit(first, last);
        }
    }
    // It has been removed.
    void done(Removal const& removal) {
        auto& table = kept_[removal.table];
        auto const end = table.garbage.begin() + static_cast<std::ptrdiff_t>(removal.rows);
        table.garbage.erase(table.garbage.begin(), end);
        table.rows -= removal.rows;
        if (table.rows == 0) table.bytes = 0;
        count_ -= removal.rows;
    }

private:
    // More is not emptied at once: SQLite reads each page of it.
    static constexpr std::uint64_t k_whole_bytes = 4 * k_mib;
    // Half the way around the ring: who needs the rest of the table now will for a while.
    static constexpr std::int64_t k_patience = LogTables::k_stretch * LogTables::k_ring / 2;

    struct Table {
        std::size_t rows = 0;    // that are in the log
        std::uint64_t bytes = 0; // of those and of others, since it was empty
        std::deque<std::int64_t> garbage{};
    };
    Table& table_of(std::int64_t seq) { return kept_[tables_.table_of(seq)]; }
    // Whether its rows are removed one by one.
    bool is_single(unsigned number) const {
        auto const& table = kept_[number];
        return number == LogTables::k_old || table.bytes > k_whole_bytes ||
               table.garbage.front() + k_patience <= newest_;
    }

    LogTables tables_;
    std::array<Table, LogTables::k_all> kept_;
    std::size_t count_ = 0;
    std::int64_t newest_ = 0;
};

} // namespace ds
