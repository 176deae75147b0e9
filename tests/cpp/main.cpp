// Runs every test and tells of each in one line. Arguments: the model's folder, the ONNX Runtime,
// and optionally a word that the names of the tests to run contain.
#include <exception>
#include <iostream>

#include "test.hpp"

int main(int count, char** arguments) {
    if (count < 3) {
        std::cerr << "usage: " << arguments[0] << " MODEL RUNTIME [WORD]\n";
        return 2;
    }
    test::paths() = {arguments[1], arguments[2]};
    const std::string word = count > 3 ? arguments[3] : "";
    int passed = 0;
    int failed = 0;
    for (const test::Case& each : test::cases()) {
        if (std::string(each.name).find(word) == std::string::npos) {
            continue;
        }
        try {
            each.run();
            std::cout << "ok    " << each.name << std::endl;
            ++passed;
        } catch (const std::exception& failure) {
            std::cout << "FAIL  " << each.name << "\n      " << failure.what() << std::endl;
            ++failed;
        }
    }
    std::cout << passed << " passed, " << failed << " failed" << std::endl;
    return passed > 0 && failed == 0 ? 0 : 1;
}
