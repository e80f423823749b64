import streamlit as st

st.title("mistakes")
