/* A shared library that loads but is no ONNX Runtime. */
int nothing_of_interest(void);

int nothing_of_interest(void)
{
    return 42;
}
