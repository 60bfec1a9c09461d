moved {
  from = aws_iam_role.registration
  to   = aws_iam_role.registrator_role
}

moved {
  from = aws_lambda_function.registration
  to   = aws_lambda_function.registrator_function
}
