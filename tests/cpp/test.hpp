// A test is a block of code that throws on the first thing that is not as it should be.
#ifndef VREC_TEST_HPP
#define VREC_TEST_HPP

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "vrec.hpp"

namespace test {

struct Case {
    const char* name;
    void (*run)();
};

inline std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

struct Registration {
    Registration(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

[[noreturn]] inline void fail(const char* file, int line, const std::string& what) {
    throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

template <class A, class B>
void equal(const char* file, int line, const char* expression, const A& found, const B& expected) {
    if (!(found == expected)) {
        std::ostringstream message;
        message << expression << " is " << found << ", not " << expected;
        fail(file, line, message.str());
    }
}

// Runs `action`, which must throw a vrec::Error with this code and these words in its message.
template <class Action>
void throws(const char* file, int line, vrec::Code code, std::string_view words, Action&& action) {
    try {
        action();
    } catch (const vrec::Error& error) {
        if (error.code() != code || std::string_view(error.what()).find(words) == std::string_view::npos) {
            fail(file, line, std::string("threw ") + error.name() + ": " + error.what());
        }
        return;
    }
    fail(file, line, std::string("did not throw ") + vrec::name(code));
}

// The folder of the test model and the ONNX Runtime, from the command line.
struct Paths {
    std::string model;
    std::string runtime;
};

inline Paths& paths() {
    static Paths paths;
    return paths;
}

// A folder that goes with the test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "vrec-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no folder for a test");
        }
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
};

// A video with a vector of its own.
inline vrec::Video video(const std::string& id, std::vector<float> vector) {
    vrec::Video video;
    video.id = id;
    video.title = "title of " + id;
    video.vector = std::move(vector);
    return video;
}

// The ids of a list, separated by spaces.
inline std::string ids(const vrec::Results& results) {
    std::string ids;
    for (const vrec::Recommendation item : results) {
        ids.append(ids.empty() ? "" : " ").append(item.id);
    }
    return ids;
}

}  // namespace test

#define TEST_JOIN_(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN_(a, b)
#define TEST(name)                                                                                           \
    static void TEST_JOIN(test_, __LINE__)();                                                                \
    static const test::Registration TEST_JOIN(registration_, __LINE__)(name, TEST_JOIN(test_, __LINE__));    \
    static void TEST_JOIN(test_, __LINE__)()

#define CHECK(condition) ((condition) ? void() : test::fail(__FILE__, __LINE__, #condition " does not hold"))
#define EQUAL(found, expected) test::equal(__FILE__, __LINE__, #found, found, expected)
#define THROWS(code, words, ...) test::throws(__FILE__, __LINE__, vrec::Code::code, words, [&] { __VA_ARGS__; })

#endif
